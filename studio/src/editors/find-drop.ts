/** A rectangle on the canvas. */
export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** A field where it is drawn. */
export interface FieldBox extends Box {
  section: number
  field: number
  /** It has a row for itself: what is dropped goes above or below it, not beside it. */
  isRow: boolean
}

export interface SectionBox extends Box {
  section: number
}

/** Where something would go if it were let go now, and the line that says so. */
export interface Drop {
  section: number
  field: number
  line: Box
}

const LINE = 2
const GAP = 6

/**
 * The place that a point means: in the section that it is in or nearest to, before or after the nearest field.
 * Undefined while nothing is drawn.
 */
export function findDrop(
  point: { x: number; y: number },
  sections: readonly SectionBox[],
  fields: readonly FieldBox[],
): Drop | undefined {
  const section = nearestBox(point, sections)
  if (!section) return undefined
  const nearest = nearestBox(
    point,
    fields.filter((field) => field.section === section.section),
  )
  if (!nearest) {
    return {
      section: section.section,
      field: 0,
      line: {
        left: section.left,
        top: section.top + section.height - LINE,
        width: section.width,
        height: LINE,
      },
    }
  }
  const isAfter = nearest.isRow
    ? point.y > nearest.top + nearest.height / 2
    : point.x > nearest.left + nearest.width / 2
  return {
    section: nearest.section,
    field: nearest.field + (isAfter ? 1 : 0),
    line: lineBeside(nearest, isAfter),
  }
}

function lineBeside(box: FieldBox, isAfter: boolean): Box {
  if (box.isRow) {
    const top = isAfter ? box.top + box.height + GAP : box.top - GAP
    return { left: box.left, top, width: box.width, height: LINE }
  }
  const left = isAfter ? box.left + box.width + GAP : box.left - GAP
  return { left, top: box.top, width: LINE, height: box.height }
}

function nearestBox<B extends Box>(
  point: { x: number; y: number },
  boxes: readonly B[],
): B | undefined {
  let best: B | undefined
  let least = Number.POSITIVE_INFINITY
  for (const box of boxes) {
    const distance = distanceTo(point, box)
    if (distance < least) [best, least] = [box, distance]
  }
  return best
}

/** Rows count more than columns: a point between two rows belongs to the nearer row. */
function distanceTo({ x, y }: { x: number; y: number }, box: Box): number {
  const dx = Math.max(box.left - x, 0, x - box.left - box.width)
  const dy = Math.max(box.top - y, 0, y - box.top - box.height)
  return dx + dy * 2
}
