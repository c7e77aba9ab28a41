/**
 * A colour for each slice: its own where nobody before it has it, else the next free one of the palette, so that
 * neighbours can be told apart; only beyond the palette do colours come again.
 */
export function sliceColors(
  own: readonly (string | undefined)[],
  palette: readonly string[],
): string[] {
  const taken = new Set<string>()
  return own.map((wanted, index) => {
    const free = palette.find((color) => !taken.has(color) && !own.includes(color))
    const fallback =
      free ?? palette.find((color) => !taken.has(color)) ?? palette[index % palette.length] ?? ''
    const color = wanted !== undefined && !taken.has(wanted) ? wanted : fallback
    taken.add(color)
    return color
  })
}
