"use strict";
// The plots, as Vega-Lite specifications. Colours are the page's own variables, so that light, dark and paper need no
// second drawing. Numbers here place marks; the exact figures are texts beside them.
const COLOUR = { measured: "var(--series-1)", modeled: "var(--series-2)" };
const KINDS = ["flagged domain day", "outlier domain, its largest day"];

const LOOK = {
  background: "transparent",
  font: "system-ui, sans-serif",
  axis: {
    labelColor: "var(--quiet)", titleColor: "var(--quiet)", domainColor: "var(--line)", tickColor: "var(--line)",
    gridColor: "var(--line)", gridOpacity: 0.6, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 500,
  },
  legend: { labelColor: "var(--ink)", titleColor: "var(--quiet)", orient: "top", labelFontSize: 12, labelLimit: 240, symbolType: "square" },
  view: { stroke: null },
};
const OUTLIERS = {
  transform: [{ filter: "datum.flag == 'outlier'" }],
  mark: { type: "point", filled: true, shape: "triangle-up", size: 70, color: "var(--outlier)", stroke: "var(--card)", strokeWidth: 1, opacity: 1 },
};

function trendSpec(rows, marks, grain) {
  const day = { field: "day", type: "temporal", title: null, scale: { type: "utc" }, axis: { grid: false, labelOverlap: true } };
  const band = { day: "yearmonthdate", week: "yearmonthdate", month: "yearmonth", year: "year", century: "year" }[grain];
  const layers = [{
    data: { name: "rows", values: rows },
    mark: { type: "bar", ...(grain === "week" ? { width: 8 } : {}) },
    encoding: {
      x: grain === "week" ? day : { ...day, timeUnit: `utc${band}`, bandPosition: 0.5 },
      y: { field: "grams", type: "quantitative", aggregate: "sum", title: "g CO2e", axis: { tickCount: 5 } },
      color: {
        field: "coverage", type: "nominal", title: null,
        scale: { domain: ["measured", "modeled"], range: [COLOUR.measured, COLOUR.modeled] },
      },
      tooltip: [
        { field: "label", title: "from" }, { field: "coverage", title: "label of the source" },
        { field: "exact", title: "g CO2e" }, { field: "records", title: "records" },
      ],
    },
  }];
  if (marks.length) {
    layers.push({
      data: { name: "marks", values: marks },
      mark: { type: "point", filled: true, size: 70, opacity: 1, stroke: "var(--card)", strokeWidth: 1 },
      encoding: {
        x: grain === "week" ? day : { ...day, timeUnit: `utc${band}`, bandPosition: 0.5 },
        y: { field: "grams", type: "quantitative" },
        shape: { field: "kind", type: "nominal", title: null, scale: { domain: KINDS, range: ["diamond", "triangle-up"] } },
        color: { field: "kind", type: "nominal", title: null, scale: { domain: KINDS, range: ["var(--flag)", "var(--outlier)"] } },
        tooltip: [
          { field: "kind", title: "mark" }, { field: "domain", title: "domain" }, { field: "label", title: "day" },
          { field: "exact", title: "g CO2e of the domain" }, { field: "records", title: "records" },
          { field: "usual", title: "usual" },
        ],
      },
    });
  }
  return {
    width: "container", height: 260, autosize: { type: "fit", contains: "padding", resize: true }, config: LOOK,
    description: "Grams CO2e over time, stacked by the source's label; the table below has every figure.",
    layer: layers, resolve: { scale: { color: "independent", shape: "independent" } },
  };
}

function barSpec(rows, title) {
  return {
    width: "container", height: 24 * rows.length + 45, config: LOOK,
    autosize: { type: "fit", contains: "padding", resize: true },
    description: `Grams CO2e by ${title}, the most first; the table below has every figure.`,
    data: { values: rows },
    encoding: {
      y: { field: "name", type: "nominal", sort: null, title: null, axis: { labelLimit: 150, ticks: false, domain: false, labelColor: "var(--ink)", labelFontSize: 12 } },
      x: { field: "grams", type: "quantitative", title: "g CO2e", axis: { tickCount: 4 } },
      tooltip: [
        { field: "name", title }, { field: "exact", title: "g CO2e" }, { field: "percent", title: "of the selection" },
        { field: "records", title: "records" }, { field: "flag", title: "flag" },
      ],
    },
    layer: [
      { mark: { type: "bar", color: "var(--series-1)", cornerRadiusEnd: 3, height: { band: 0.7 } } },
      ...(rows.some((row) => row.flag === "outlier") ? [OUTLIERS] : []),
    ],
  };
}

// Without code made of texts: the page's policy allows none.
async function draw(place, spec) {
  await vegaEmbed(place, { $schema: "https://vega.github.io/schema/vega-lite/v6.json", ...spec }, {
    actions: false, renderer: "svg", ast: true, tooltip: { theme: "custom" },
  });
}
