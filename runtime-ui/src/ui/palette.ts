/** The colours that metadata may name, in the order in which charts take them. */
export const TAG_COLORS = [
  'blue',
  'teal',
  'orange',
  'purple',
  'green',
  'cyan',
  'yellow',
  'red',
  'lime',
  'gray',
] as const

export interface PaletteColor {
  solid: string
  text: string
  tint: string
}

/**
 * The CSS colours of one of the ten names; an unknown name is gray.
 * @example paletteColor('blue').solid // 'var(--tag-blue)'
 */
export function paletteColor(name: string | undefined): PaletteColor {
  const known = TAG_COLORS.find((color) => color === name) ?? 'gray'
  return {
    solid: `var(--tag-${known})`,
    text: `var(--tag-${known}-text)`,
    tint: `var(--tag-${known}-tint)`,
  }
}

/** The colour that belongs to a text for good, e.g. to a person's avatar. */
export function colorOfText(text: string): string {
  let hash = 0
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 997
  return TAG_COLORS[hash % (TAG_COLORS.length - 1)] ?? 'gray'
}
