import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { ROOT_DIR } from './test-config.ts'

/** What a command said, and with which code it ended. */
export interface CommandResult {
  readonly code: number | null
  readonly text: string
}

/**
 * Runs a command of `npm run crm` on a database, beside whatever server runs there.
 *
 * @example await runCrm(['audit', 'verify'], { DATABASE_URL: test.url, DATA_DIR: folder })
 */
export function runCrm(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [join(ROOT_DIR, 'server/src/crm.ts'), ...args], {
    env: { ...process.env, LOG_LEVEL: 'silent', POOL_SIZE: '2', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, text }))
  })
}
