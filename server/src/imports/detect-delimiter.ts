const DELIMITERS = [',', ';', '\t', '|'] as const

/**
 * The delimiter of which the first line has most outside of quotes; a comma if it has none.
 * @example detectDelimiter('a;b;"c,d"\n1;2;3') // ';'
 */
export function detectDelimiter(text: string): string {
  const line = firstLine(text)
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: line.split(delimiter).length }))
  return counts.toSorted((a, b) => b.count - a.count)[0]?.delimiter ?? ','
}

/** The first line that is not empty, without what stands in quotes. */
function firstLine(text: string): string {
  let bare = ''
  let isQuoted = false
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && (character === '\n' || character === '\r')) {
      if (bare.trim() !== '') return bare
      bare = ''
    } else if (!isQuoted) bare += character
  }
  return bare
}
