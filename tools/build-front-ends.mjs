// Builds each front end whose sources changed since it was built.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

import { ROOT_DIR } from './root-dir.mjs'

const EVERYWHERE = ['metamodel/src', 'plugins', 'pnpm-lock.yaml', 'tsconfig.base.json']

// What goes into each bundle besides its own folder: the studio draws with the runtime's renderer.
const FRONT_ENDS = [
  { folder: 'runtime-ui', sources: [...EVERYWHERE] },
  { folder: 'studio', sources: [...EVERYWHERE, 'runtime-ui/src'] },
]

const OWN_SOURCES = [
  'src',
  'public',
  'index.html',
  'vite.config.ts',
  'package.json',
  'tsconfig.json',
]

/** The files under a path, in a fixed order; tests are no part of a bundle. */
async function filesUnder(path) {
  if (!existsSync(path)) return []
  if ((await stat(path)).isFile()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

/** A hash over the names and contents of everything that goes into a bundle. */
async function fingerprint({ folder, sources }) {
  const hash = createHash('sha256')
  for (const source of [...OWN_SOURCES.map((name) => join(folder, name)), ...sources]) {
    for (const file of await filesUnder(join(ROOT_DIR, source))) {
      hash.update(`${relative(ROOT_DIR, file)}\0`).update(await readFile(file))
    }
  }
  return hash.digest('hex')
}

/** Runs vite in a front end's folder; its output is shown only when it fails. */
async function runVite(folder) {
  const vite = join(ROOT_DIR, 'node_modules', 'vite', 'bin', 'vite.js')
  const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: join(ROOT_DIR, folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('close', (exitCode) => resolve(exitCode ?? 1))
  })
  if (code !== 0) throw new Error(`The front end ${folder} could not be built:\n${output}`)
}

/** Builds one front end unless its bundle was made from these very sources. */
async function build(frontEnd) {
  const { folder } = frontEnd
  if (!existsSync(join(ROOT_DIR, folder, 'index.html'))) return
  const stamp = join(ROOT_DIR, folder, 'dist', '.built-from')
  const wanted = await fingerprint(frontEnd)
  const built = await readFile(stamp, 'utf8').catch(() => '')
  if (built === wanted) return
  process.stderr.write(`Building ${folder}\n`)
  await rm(stamp, { force: true })
  await runVite(folder)
  await writeFile(stamp, wanted)
}

const results = await Promise.allSettled(FRONT_ENDS.map(build))
for (const { reason } of results.filter(({ status }) => status === 'rejected')) {
  process.stderr.write(`${reason.message}\n`)
  process.exitCode = 1
}
