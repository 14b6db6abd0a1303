"use strict";
// Filters the cells that the page carries and shows their sums. Sums are of whole numbers of 10^-10 g, so they are exact.
// Every value is set as text, never as markup.
const DATA = JSON.parse(document.getElementById("data").textContent);
const DECIMALS = 10;
const SHOWN_DECIMALS = 4;
const PARTS = {
  ad_selection_gco2e: "ad selection", creative_distribution_gco2e: "creative distribution",
  media_distribution_gco2e: "media distribution",
};
const DIMENSIONS = {
  country_code: ["country", "--country"], domain: ["domain", "--domain"], ad_format: ["format", "--format"],
  device: ["device", "--device"], domain_coverage: ["coverage", null],
};
const OTHERS = -1;
const BUCKET = { day: "day", week: "week from", month: "month from", year: "year from", century: "century from" };

const numbers = (text) => (text === "" ? [] : text.split(" ").map(Number));
const units = (text) => (text === "" ? [] : text.split(" ").map(BigInt));
const cells = {};
for (const name of ["bucket", ...Object.keys(DIMENSIONS), "record_count"]) cells[name] = numbers(DATA.cells[name]);
for (const part of Object.keys(PARTS)) cells[part] = units(DATA.cells[part]);
const CELL_COUNT = cells.record_count.length;

const byId = (id) => document.getElementById(id);
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
function exact(value) {
  const digits = (value < 0n ? -value : value).toString().padStart(DECIMALS + 1, "0");
  const whole = digits.slice(0, -DECIMALS).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${value < 0n ? "-" : ""}${whole}.${digits.slice(-DECIMALS)}`;
}
function gramsNode(value) {
  const text = exact(value);
  const cut = text.indexOf(".") + 1 + SHOWN_DECIMALS;
  const node = element("span", { class: "number" }, text.slice(0, cut));
  node.append(element("span", { class: "fine" }, text.slice(cut)));
  return node;
}
const grams = (value) => Number(value) / 1e10;
const counted = (value) => value.toLocaleString("en-US");
const percent = (part, whole) => (whole === 0n ? "–" : `${(Number((part * 1000000n) / whole) / 10000).toFixed(2)} %`);
function nameOf(dimension, number) {
  if (number !== OTHERS) return DATA.names[dimension][number];
  const count = dimension === "domain" ? DATA.domain_count : DATA.country_count;
  return `${counted(count - DATA.names[dimension].length)} others`;
}
const shell = (word) => (/^[\w.\/=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\"'\"'")}'`);

function chosen() {
  const found = { from: Number(byId("from").value), to: Number(byId("to").value) };
  for (const name of Object.keys(DIMENSIONS)) found[name] = byId(name).value === "" ? null : Number(byId(name).value);
  return found;
}

function summed(selection, dimension) {
  const groups = new Map();
  for (let cell = 0; cell < CELL_COUNT; cell += 1) {
    const bucket = cells.bucket[cell];
    if (bucket < selection.from || bucket > selection.to) continue;
    if (Object.keys(DIMENSIONS).some((name) => selection[name] !== null && cells[name][cell] !== selection[name])) continue;
    const key = dimension === null ? 0 : cells[dimension][cell];
    let group = groups.get(key);
    if (group === undefined) {
      group = { key, records: 0, total: 0n, measured: 0n, modeled: 0n, measuredRecords: 0, parts: {}, days: new Map() };
      for (const part of Object.keys(PARTS)) group.parts[part] = 0n;
      groups.set(key, group);
    }
    let total = 0n;
    for (const part of Object.keys(PARTS)) {
      total += cells[part][cell];
      group.parts[part] += cells[part][cell];
    }
    group.records += cells.record_count[cell];
    group.total += total;
    const coverage = DATA.names.domain_coverage[cells.domain_coverage[cell]];
    group[coverage] += total;
    if (coverage === "measured") group.measuredRecords += cells.record_count[cell];
    group.days.set(bucket, (group.days.get(bucket) ?? 0n) + total);
  }
  return [...groups.values()];
}

// `lake why` is of one day: the largest behind a figure. Where days are put together, SQL reads the figure itself.
function command(selection, more, days) {
  const slice = { ...selection, ...more };
  const named = Object.keys(DIMENSIONS).filter((name) => slice[name] !== null);
  if (named.some((name) => slice[name] === OTHERS)) return null;
  const words = ["scripts/lake"];
  if (DATA.grain === "day" && slice.domain_coverage === null) {
    const largest = [...days].reduce((best, day) => (day[1] > best[1] || (day[1] === best[1] && day[0] > best[0]) ? day : best));
    words.push("why", "--date", DATA.names.bucket[largest[0]], "--as-of", DATA.run_id);
    for (const name of named) words.push(DIMENSIONS[name][1], nameOf(name, slice[name]));
  } else {
    const first = `cast(date_trunc('${DATA.grain}', activity_date) as date)`;
    // a century is all that such a file tells days by
    const on = DATA.grain === "day" ? "activity_date" : DATA.grain === "century" ? null : first;
    const wanted = named.map((name) => `${name} = '${nameOf(name, slice[name]).replaceAll("'", "\\'")}'`);
    if (on) wanted.unshift(`${on} between '${DATA.names.bucket[slice.from]}' and '${DATA.names.bucket[slice.to]}'`);
    const where = wanted.length ? ` where ${wanted.join(" and ")}` : "";
    words.push("sql", "--as-of", DATA.run_id, `select sum(record_count), sum(total_gco2e) from gold.daily_emissions${where}`);
  }
  return words.map(shell).join(" ");
}
function why(text) {
  return text === null ? "" : element("details", { class: "why" }, element("summary", {}, "why"), element("code", {}, text));
}

function table(place, heads, rows) {
  const head = element("tr");
  heads.forEach(([text, isNumber]) => head.append(element("th", { scope: "col", ...(isNumber ? { class: "n" } : {}) }, text)));
  const body = rows.map((row) => {
    const line = element("tr");
    row.forEach((value, column) => line.append(
      column === 0 ? element("th", { scope: "row" }, value) : element("td", heads[column][1] ? { class: "n" } : {}, value)));
    return line;
  });
  place.replaceChildren(element("thead", {}, head), element("tbody", {}, ...body));
}

function figure(id, caption, note, isWide) {
  const plot = element("div", { class: "plot", id: `${id}-plot`, role: "group", "aria-label": `Plot: ${caption}` });
  const folded = element("details", {}, element("summary", {}, "Table"),
    element("div", { class: "scroll" }, element("table", { id: `${id}-table` })));
  const title = element("figcaption", {}, caption);
  if (note) title.append(element("span", { class: "quiet" }, note));
  byId("charts").append(element("figure", { class: isWide ? "figure wide" : "figure", id }, title, plot, folded));
}

function showSelection(selection, all) {
  const [sum] = summed(selection, null);
  const place = byId("selection");
  if (sum === undefined) {
    place.replaceChildren("No records in this selection.");
    byId("parts-table").replaceChildren();
    return;
  }
  const average = sum.total / BigInt(sum.records);
  place.replaceChildren(
    element("b", { id: "selected-total" }, gramsNode(sum.total)), " g CO2e in ",
    element("b", { id: "selected-records" }, counted(sum.records)), ` records, ${percent(sum.total, all.total)} of all; about `,
    `${exact(average).slice(0, -6)} g a record`, why(command(selection, {}, sum.days)));
  const rows = Object.entries(PARTS).map(([part, label]) => [label, gramsNode(sum.parts[part]), percent(sum.parts[part], sum.total)]);
  for (const label of ["measured", "modeled"]) rows.push([`labelled ${label} by the source`, gramsNode(sum[label]), percent(sum[label], sum.total)]);
  table(byId("parts-table"), [["of the selection", false], ["g CO2e", true], ["share", true]], rows);
}

function marksOf(selection) {
  if (["country_code", "ad_format", "device", "domain_coverage"].some((name) => selection[name] !== null)) return [];
  const first = DATA.names.bucket[selection.from];
  const after = DATA.names.bucket[selection.to + 1];
  const shown = (day, domain) => day >= first && (after === undefined || day < after) &&
    (selection.domain === null || nameOf("domain", selection.domain) === domain);
  const mark = (kind, day, domain, total, records, usual) => ({
    kind, domain, label: day, day: `${day}T00:00:00Z`, grams: Number(total), exact: total, records: counted(records), usual,
  });
  return [
    ...DATA.flagged_days.filter((row) => shown(row.activity_date, row.domain)).map((row) => mark("flagged domain day",
      row.activity_date, row.domain, row.total_gco2e, row.record_count, `${row.median_gco2e} g in ${row.median_record_count} records (medians)`)),
    ...DATA.outlier_domains.filter((row) => shown(row.largest_day, row.domain)).map((row) => mark("outlier domain, its largest day",
      row.largest_day, row.domain, row.largest_day_gco2e, row.largest_day_record_count, `${row.record_count} records on ${row.active_days} days in all`)),
  ];
}

async function showTrend(selection) {
  const buckets = summed(selection, "bucket").sort((one, other) => one.key - other.key);
  const rows = [];
  for (const bucket of buckets) {
    const label = DATA.names.bucket[bucket.key];
    const point = (coverage, records) => rows.push({
      day: `${label}T00:00:00Z`, label, coverage, grams: grams(bucket[coverage]), exact: exact(bucket[coverage]), records: counted(records),
    });
    point("measured", bucket.measuredRecords);
    point("modeled", bucket.records - bucket.measuredRecords);
  }
  const marks = marksOf(selection);
  table(byId("trend-table"),
    [[BUCKET[DATA.grain], false], ["records", true], ["g CO2e", true], ["measured", true], ["modeled", true], ["marks", false], ["", false]],
    buckets.map((bucket) => {
      const label = DATA.names.bucket[bucket.key];
      const next = DATA.names.bucket[bucket.key + 1];
      const noted = marks.filter((mark) => mark.label >= label && (next === undefined || mark.label < next));
      return [label, counted(bucket.records), gramsNode(bucket.total), gramsNode(bucket.measured), gramsNode(bucket.modeled),
        noted.map((mark) => `${mark.domain} (${mark.records} records)`).join(", "),
        why(command(selection, { from: bucket.key, to: bucket.key }, bucket.days))];
    }));
  await draw("#trend-plot", trendSpec(rows, marks, DATA.grain));
}

async function showBars(selection, dimension, all) {
  const [label] = DIMENSIONS[dimension];
  const outliers = new Set(dimension === "domain" ? DATA.outlier_domains.map((row) => row.domain) : []);
  const groups = summed(selection, dimension).sort((one, other) =>
    (one.key === OTHERS) - (other.key === OTHERS) || (one.total < other.total ? 1 : one.total > other.total ? -1 : one.key - other.key));
  const flag = (group) => (outliers.has(nameOf(dimension, group.key)) ? "outlier" : "");
  const whole = groups.reduce((sum, group) => sum + group.total, 0n);
  table(byId(`${dimension}-table`), [[label, false], ["g CO2e", true], ["share", true], ["records", true], ["", false], ["", false]],
    groups.map((group) => [nameOf(dimension, group.key), gramsNode(group.total), percent(group.total, whole), counted(group.records),
      flag(group), why(command(selection, { [dimension]: group.key }, group.days))]));
  await draw(`#${dimension}-plot`, barSpec(groups.map((group) => ({
    name: nameOf(dimension, group.key), grams: grams(group.total), exact: exact(group.total), percent: percent(group.total, whole),
    records: counted(group.records), flag: flag(group) || "none",
  })), label));
}

async function show(all) {
  const selection = chosen();
  showSelection(selection, all);
  await showTrend(selection);
  for (const dimension of ["country_code", "domain", "ad_format", "device"]) await showBars(selection, dimension, all);
  document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn ?? 0) + 1);
}

function fillFilters() {
  const option = (value, text, isSelected) => element("option", { value, ...(isSelected ? { selected: "" } : {}) }, text);
  const last = DATA.names.bucket.length - 1;
  byId("from").append(...DATA.names.bucket.map((day, number) => option(number, day, number === 0)));
  byId("to").append(...DATA.names.bucket.map((day, number) => option(number, day, number === last)));
  for (const name of Object.keys(DIMENSIONS)) {
    const numbersOf = DATA.names[name].map((_, number) => number);
    if (cells[name].includes(OTHERS)) numbersOf.push(OTHERS);
    byId(name).append(option("", "all", true), ...numbersOf.map((number) => option(number, nameOf(name, number), false)));
  }
}

function begin() {
  byId("show-flagged")?.addEventListener("click", (event) => {
    byId("more-flagged").hidden = false;
    event.target.remove();
  });
  if (CELL_COUNT === 0) {
    byId("filters").hidden = true;
    byId("selection").replaceChildren("There are no records yet.");
    document.documentElement.dataset.drawn = "1";
    return;
  }
  fillFilters();
  figure("trend", "Grams CO2e over time", "by the source's label of the domain: measured or modeled. Marks show outliers of a whole domain, with its own grams.", true);
  figure("country_code", "By country");
  figure("domain", "By domain", "a triangle marks an outlier among all domains");
  figure("ad_format", "By format");
  figure("device", "By device");
  const all = summed({ from: 0, to: DATA.names.bucket.length - 1, country_code: null, domain: null, ad_format: null, device: null, domain_coverage: null }, null)[0];
  // One drawing at a time, and after it the newest choice.
  let drawing = Promise.resolve();
  const again = () => { drawing = drawing.then(() => show(all)); };
  byId("filters").addEventListener("change", again);
  byId("filters").addEventListener("reset", () => setTimeout(again));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  again();
}

begin();
