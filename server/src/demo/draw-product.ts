import { type Color, encodePng } from './encode-png.ts'
import type { CatalogueEntry } from './words/product-catalogue.ts'

const WIDTH = 320
const HEIGHT = 240
const PAPER: Color = [244, 246, 248]
const SHADE: Color = [224, 228, 233]
const BODY: Color = [62, 68, 78]
const FACE: Color = [38, 43, 51]
const LAMP: Color = [64, 200, 120]

/** The colour of a range of products, on the panel of the device. */
const PANELS: Readonly<Record<CatalogueEntry['category'], Color>> = {
  controller: [62, 99, 221],
  hmi: [18, 165, 148],
  drive: [224, 105, 12],
  sensor: [142, 78, 198],
  network: [14, 155, 184],
  software: [47, 127, 224],
  service: [139, 141, 152],
}

/** Left, top, right and bottom edge. */
type Box = readonly [left: number, top: number, right: number, bottom: number]

/** A picture of a device as a catalogue shows it: its case, a panel in the colour of its range, slots and lamps. */
export function drawProduct({ category, code }: Pick<CatalogueEntry, 'category' | 'code'>): Buffer {
  // Devices of one range differ in width and in how many slots they have.
  const seed = [...code].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0)
  const half = 60 + (seed % 5) * 10
  const device: Box = [WIDTH / 2 - half, 40, WIDTH / 2 + half, 200]
  const [left, , right] = device
  const panel: Box = [left + 12, 52, right - 12, 108]
  const slots = 3 + (seed % 4)
  return encodePng(WIDTH, HEIGHT, (x, y) => {
    if (isIn(panel, x, y, 4)) return PANELS[category]
    if (isLamp(x, y, left)) return LAMP
    if (isSlot(x, y, { left, right, slots })) return FACE
    if (isIn(device, x, y, 10)) return BODY
    return y > 196 && isIn([left - 10, 190, right + 10, 212], x, y, 11) ? SHADE : PAPER
  })
}

function isIn([left, top, right, bottom]: Box, x: number, y: number, corner: number): boolean {
  if (x < left || x >= right || y < top || y >= bottom) return false
  const dx = Math.max(left + corner - x, x - (right - corner), 0)
  const dy = Math.max(top + corner - y, y - (bottom - corner), 0)
  return dx * dx + dy * dy <= corner * corner
}

function isLamp(x: number, y: number, left: number): boolean {
  const lamps = [0, 1, 2].map((lamp) => left + 20 + lamp * 14)
  return lamps.some((at) => (x - at) ** 2 + (y - 122) ** 2 <= 9)
}

function isSlot(
  x: number,
  y: number,
  { left, right, slots }: { left: number; right: number; slots: number },
): boolean {
  if (y < 138 || y >= 188 || x < left + 12 || x >= right - 12) return false
  const width = (right - left - 24) / slots
  return (x - left - 12) % width < width - 6
}
