#!/usr/bin/env node
// The launcher behind every npm script. It needs no dependencies and runs on any Node from 18 on:
// it installs when the lockfile changed, chooses a Node that can run TypeScript, and starts the
// programs of a command one after another.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'

import { COMMANDS } from './commands.mjs'
import { installIfNeeded } from './install.mjs'
import { ROOT_DIR } from './root-dir.mjs'
import { watchParent } from './watch-parent.mjs'

const OLDEST_NODE = [22, 18]
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Prints why nothing can be run, and ends. */
function giveUp(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** The Node that runs the programs: this one when it is new enough, else the one that was installed. */
function chooseNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  const isNewEnough = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
  if (isNewEnough) return process.execPath
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const bundled = join(ROOT_DIR, 'node_modules', 'node', 'bin', name)
  if (existsSync(bundled)) return bundled
  return giveUp(
    `Trellis needs Node ${OLDEST_NODE.join('.')} or later; this is ${process.version}, and the npm ` +
      'package "node" could not be installed for this machine.',
  )
}

/** The file that a step runs: an entry of the repository, or the program of an installed package. */
async function fileOf(step) {
  if (step.entry !== undefined) return join(ROOT_DIR, step.entry)
  const folder = join(ROOT_DIR, 'node_modules', step.package ?? step.bin)
  const { bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[step.bin])
}

/** Runs one program and returns its exit code; a signal counts as 128 and its number, as in a shell. */
async function runStep(node, step, extra) {
  const file = await fileOf(step)
  if (!existsSync(file)) giveUp(`${step.entry} is not part of this checkout.`)
  const path = [join(node, '..'), join(ROOT_DIR, 'node_modules', '.bin'), process.env.PATH ?? '']
  const child = spawn(node, [file, ...(step.args ?? []), ...extra], {
    cwd: ROOT_DIR,
    stdio: 'inherit',
    env: { ...process.env, PATH: path.join(delimiter) },
  })
  const ended = new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('exit', (exitCode, signal) => resolve(exitCode ?? 128 + constants.signals[signal]))
  })
  const passOn = (signal) => {
    // At a terminal, Ctrl-C reaches the whole group; sent once more it would look like impatience.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, passOn)
  const stopWatching = await watchParent(() => child.kill('SIGTERM'))
  const code = await ended
  stopWatching()
  for (const signal of SIGNALS) process.off(signal, passOn)
  return code
}

const [name = '', ...extra] = process.argv.slice(2)
const steps = COMMANDS[name]
if (steps === undefined) {
  giveUp(`There is no command "${name}"; there are ${Object.keys(COMMANDS).join(', ')}.`)
}
await installIfNeeded()
const node = chooseNode()
for (const [index, step] of steps.entries()) {
  const code = await runStep(node, step, index === steps.length - 1 ? extra : [])
  if (code !== 0) process.exit(code)
}
