/** Which thing each row is about, and how that was read from the column. */
export interface Truth {
  readonly entities: readonly string[]
  readonly how: string
}

/**
 * Which rows are one, by the column that knows. With a pattern, its first group is what they share. Without, it is
 * the whole value; but if no value comes twice, the column names the rows, and the things stand within it: the part
 * before `org` or `dup` (`rec-17-org`, `rec-17-dup-0`), else the number without its last digit (`170`, `171`).
 */
export function truthOf(values: readonly string[], pattern?: RegExp): Truth {
  const trimmed = values.map((value) => value.trim())
  if (pattern) return capture(trimmed, pattern)
  if (new Set(trimmed).size < trimmed.length) return { entities: trimmed, how: 'equal values' }
  const fitting = WITHIN.find((one) => trimmed.every((value) => one.test(value)))
  return fitting ? capture(trimmed, fitting) : { entities: trimmed, how: 'equal values' }
}

const WITHIN = [/^(.*\d)[-_ ]?(?:org|orig|dup).*$/i, /^(\d*)\d$/]

function capture(values: readonly string[], pattern: RegExp): Truth {
  const entities = values.map((value) => {
    const found = pattern.exec(value)
    // A value that the pattern does not fit is a thing of its own.
    return found ? `fits ${found[1] ?? found[0]}` : `other ${value}`
  })
  return { entities, how: `what ${pattern.source} captures` }
}
