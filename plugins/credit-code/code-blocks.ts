/** The parts of a code by their meaning: authority and kind, district, organisation, check character. */
const LENGTHS = [2, 6, 9, 1] as const

/**
 * A code in blocks that people can read out and compare.
 * @example codeBlocks('91350100M000100Y43') // ['91', '350100', 'M000100Y4', '3']
 */
export function codeBlocks(code: string): string[] {
  const blocks: string[] = []
  let start = 0
  for (const length of LENGTHS) {
    blocks.push(code.slice(start, start + length))
    start += length
  }
  return [...blocks, code.slice(start)].filter((block) => block !== '')
}
