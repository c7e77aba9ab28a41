import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { ROOT_DIR } from './root-dir.mjs'

/** How to call pnpm: the one that called us, else the version that package.json names, by npx. */
async function pnpmCommand() {
  const { npm_execpath: caller, npm_config_user_agent: agent = '' } = process.env
  if (agent.startsWith('pnpm/') && caller !== undefined) {
    // Up to version 11 pnpm is a script, from 12 on a program of its own.
    return /\.[cm]?js$/.test(caller) ? [process.execPath, caller] : [caller]
  }
  const { packageManager } = JSON.parse(await readFile(join(ROOT_DIR, 'package.json'), 'utf8'))
  return ['npx', '--yes', packageManager]
}

/**
 * Runs pnpm in the root of the repository, its output shown; with `capture` it is returned instead.
 */
export async function runPnpm(args, { capture = false } = {}) {
  const [program, ...first] = await pnpmCommand()
  const child = spawn(program, [...first, ...args], {
    cwd: ROOT_DIR,
    // What pnpm says about its work is no output of the command it was called for.
    stdio: ['ignore', capture ? 'pipe' : process.stderr, 'inherit'],
    // npx is a script on Windows, which only a shell can start.
    shell: process.platform === 'win32',
    // Nobody answers questions here: a module folder of another pnpm is simply replaced.
    env: { ...process.env, CI: 'true' },
  })
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${program} could not be run: ${error.message}\n`)
      resolve(1)
    })
    child.once('close', (exitCode) => resolve(exitCode ?? 1))
  })
  return { code, output }
}
