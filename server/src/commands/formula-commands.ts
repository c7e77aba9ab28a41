import { readFile } from 'node:fs/promises'

import type { Database } from '../db/index.ts'
import { readCases } from './formula-cases.ts'
import { ENGINES, scoreFormulas } from './score-formulas.ts'

/** Scores a file of formulas that has their answers, and says in lines to be read how many rows come out equal. */
export async function scoreFormulaFile(
  path: string,
  db: Pick<Database, 'query'>,
): Promise<readonly string[]> {
  const { tallies, misses } = await scoreFormulas(readCases(await readFile(path, 'utf8')), db)
  const missed = misses.map(
    ({ name, engine, treatment, rows, reason }) =>
      `  ${name} ${engine} ${treatment}: ${rows} other; ${reason.slice(0, 200)}`,
  )
  const scored = (['zero', 'blank'] as const).flatMap((treatment) =>
    ENGINES.map((engine) => {
      const { equal, scored: all } = tallies[treatment][engine]
      const share = all === 0 ? '0.0' : ((100 * equal) / all).toFixed(1)
      return `blanks as ${treatment}, ${engine}: ${equal} of ${all} rows equal (${share} %)`
    }),
  )
  return [...missed, ...scored]
}
