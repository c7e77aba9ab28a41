import { TAG_COLORS } from '../ui/index.ts'

/** The colours of the theme as a canvas or an SVG attribute needs them: resolved, not as variables. */
export interface ChartColors {
  series: string[]
  named: Readonly<Record<string, string>>
  text: string
  second: string
  line: string
  surface: string
  /** The font of the page; an SVG's text is measured before it stands anywhere. */
  font: string
}

/** Reads the theme's colours where an element stands; to be read anew when the theme changes. */
export function chartColors(element: Element): ChartColors {
  const style = getComputedStyle(element)
  const read = (name: string): string => style.getPropertyValue(name).trim()
  const named = Object.fromEntries(TAG_COLORS.map((color) => [color, read(`--tag-${color}`)]))
  return {
    series: [
      read('--accent'),
      ...TAG_COLORS.filter((color) => color !== 'blue').map((color) => named[color] ?? ''),
    ],
    named,
    text: read('--text'),
    second: read('--text-second'),
    line: read('--line'),
    surface: read('--surface'),
    font: style.fontFamily,
  }
}
