"""The good rows of a synthetic delivery, as lines, a block at a time: what stands there before defects are planted."""

from collections.abc import Iterator
from random import Random

from bronze.synthetic.pools import SCALE_BITS, Pools, grams_text
from bronze.synthetic.recipe import Recipe

BLOCK_ROWS = 16_384


def good_blocks(recipe: Recipe, pools: Pools) -> Iterator[list[str]]:
    """Good rows as lines with their LF, up to BLOCK_ROWS at a time; they do not depend on the issue rate."""
    rng = Random(f"rows {recipe.seed}")
    for first in range(1, recipe.rows + 1, BLOCK_ROWS):
        count = min(BLOCK_ROWS, recipe.rows + 1 - first)
        lines = _block(rng, pools, count)
        if recipe.record_ids:
            lines = [f"{line[:-1]},{recipe.seed}-{number}\n" for number, line in enumerate(lines, start=first)]
        yield lines


def _block(rng: Random, pools: Pools, count: int) -> list[str]:
    draws = zip(
        rng.choices(pools.days, cum_weights=pools.cumulative_day_weights, k=count),
        rng.choices(pools.placements, k=count),
        rng.choices(pools.ad_selection_units, k=count),
        rng.choices(pools.creative_distribution_units, k=count),
        rng.choices(pools.media_distribution_units, k=count),
        strict=True,
    )
    day_scales = pools.day_scales
    lines = []
    for day, placement, selection, creative, media in draws:
        head, coverage, selection_scale, media_scale = placement
        creative_units, creative_text = creative
        selection_units = selection * selection_scale >> SCALE_BITS
        media_units = media * media_scale >> SCALE_BITS
        if day in day_scales and (scale := day_scales[day].get(head.partition(",")[0])):
            selection_units, creative_units, media_units = (
                max(1, units * scale >> SCALE_BITS) for units in (selection_units, creative_units, media_units)
            )
            creative_text = grams_text(creative_units)
        total_units = selection_units + creative_units + media_units
        lines.append(
            f"{day},{head},{grams_text(selection_units)},{creative_text},{grams_text(media_units)},"
            f"{grams_text(total_units)},{coverage}\n"
        )
    return lines
