/** Kills large publishes twenty times as often as CI does: `npm run kill-publish`, or `-- 5` for five rounds. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { ROOT_DIR } from '../support/test-config.ts'

const [rounds = '20'] = process.argv.slice(2)
const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT_DIR, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    'publish',
    'tests/publish/kill-large.test.ts',
  ],
  { cwd: ROOT_DIR, stdio: 'inherit', env: { ...process.env, KILL_ROUNDS: rounds } },
)
process.exitCode = status ?? 1
