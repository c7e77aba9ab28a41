import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { openDatabase } from '@trellis/server/db'

import { startTestCluster } from '../support/test-cluster.ts'
import { testConfig } from '../support/test-config.ts'
import { runStorm, type StormLimits, type StormResult } from './roll-up-storm.ts'

const RESULTS = join(import.meta.dirname, 'results')

function toMarkdown({ seed, kills }: StormLimits, result: StormResult): string {
  const { changes, answers, drift, lines, seconds } = result
  const rows = [...answers].map(([answer, count]) => `| ${answer} | ${count} |`)
  return `# Roll-ups under random concurrent changes

\`npm run roll-up-storm\`: lines, parts and sites are made, changed, moved, deleted and restored at random, one by one
and in batches, by 12 clients through two server processes on 16 parents; one of the processes was ended by SIGKILL
${kills} times. Then every roll-up was made anew and compared with what is kept.

| | |
| --- | --- |
| changes | ${changes} (seed ${seed}) |
| lines in the end | ${lines} |
| time | ${Math.round(seconds)} s, ${Math.round(changes / seconds)} changes a second |
| roll-ups that differ | ${drift.length} |

| answer | times |
| --- | --- |
${rows.join('\n')}

\`lost\`: the request was on its way to the process that was killed. 404: the record was in the recycle bin. 422: a
rule of a parent refused. 424: another operation of an atomic batch was refused.
`
}

const { values } = parseArgs({
  options: {
    changes: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '10' },
  },
})
const limits = {
  changes: Number(values.changes),
  seed: Number(values.seed),
  kills: Number(values.kills),
}
const cluster = await startTestCluster()
try {
  const url = await cluster.clone('installed')
  const database = await openDatabase(testConfig({ DATABASE_URL: url }))
  const result = await runStorm({ url, database }, limits)
  await database.close()
  const report = toMarkdown(limits, result)
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, 'roll-up-storm.md'), report)
  process.stdout.write([report, ...result.drift, ''].join('\n'))
  process.exitCode = result.drift.length === 0 ? 0 : 1
} finally {
  await cluster.stop()
}
