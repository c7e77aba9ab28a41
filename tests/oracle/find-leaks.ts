import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ROOT_DIR } from '../support/test-config.ts'
import { LEAKS, type Leak } from './leaks.ts'

/** What the oracle needs of the tree. */
const PARTS = ['metadata', 'metamodel', 'migrations', 'plugins', 'server', 'tests', 'package.json']

/** A leak that is not found among so many decisions is not found. */
const MOST_DECISIONS = '400000'

/** What became of a leak: found in so many seconds, or not. */
interface Outcome {
  readonly leak: string
  readonly outcome: 'found' | 'not found' | 'no such text' | 'the server fails'
  readonly seconds: number
  readonly where: string
}

/** A copy of the tree that may be damaged. */
async function copyTree(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trellis-leaks-'))
  for (const part of PARTS) {
    await cp(join(ROOT_DIR, part), join(folder, part), { recursive: true, verbatimSymlinks: true })
  }
  await symlink(join(ROOT_DIR, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

async function tryLeak(folder: string, leak: Leak): Promise<Outcome> {
  const path = join(folder, leak.file)
  const sound = await readFile(path, 'utf8')
  if (!sound.includes(leak.from)) {
    return { leak: leak.name, outcome: 'no such text', seconds: 0, where: '' }
  }
  const started = performance.now()
  await writeFile(path, sound.replace(leak.from, leak.to))
  try {
    const { code, output } = await runOracle(folder, MOST_DECISIONS)
    const seconds = Math.round((performance.now() - started) / 1000)
    const where = /"surface": "([^"]+)"/.exec(output)?.[1] ?? ''
    // A tree that does not start, or that only answers too late, has not been found to leak.
    const isFailing = where === '' || /"50[0-9] instead of/.test(output)
    const outcome = isFailing ? 'the server fails' : 'found'
    return { leak: leak.name, outcome: code === 0 ? 'not found' : outcome, seconds, where }
  } finally {
    await writeFile(path, sound)
  }
}

function runOracle(
  folder: string,
  decisions: string,
): Promise<{ code: number | null; output: string }> {
  const file = join(folder, 'tests/oracle/main.ts')
  const options = ['oracle', '--seed', '1', '--decisions', decisions, '--until-found']
  const child = spawn(process.execPath, [file, ...options], { cwd: folder })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, output })))
}

const folder = await copyTree()
try {
  // What is found in a sound tree would be found in every damaged one.
  const { code, output } = await runOracle(folder, '300000')
  if (code !== 0) throw new Error(`The sound tree does not pass: ${output.slice(-3000)}`)
  const chosen = process.argv.slice(2)
  const leaks = LEAKS.filter(({ name }) => chosen.length === 0 || chosen.includes(name))
  for (const leak of leaks) {
    const { outcome, seconds, where } = await tryLeak(folder, leak)
    process.stdout.write(`| ${leak.name} | ${outcome} | ${where} | ${seconds} s |\n`)
    if (outcome !== 'found') process.exitCode = 1
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
