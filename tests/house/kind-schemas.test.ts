import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { type Kind, KINDS } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readPackages } from '../../server/src/catalog/index.ts'
import { ROOT_DIR } from '../support/index.ts'

const run = promisify(execFile)

/** Says what a schema has against a definition; undefined if nothing. */
type Judge = (kind: string, definition: unknown) => string | undefined

let folder: string
let judge: Judge
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-schemas-'))
  const crm = join(ROOT_DIR, 'server/src/crm.ts')
  await run(process.execPath, [crm, 'schemas', 'here'], {
    cwd: folder,
    env: { ...process.env, INIT_CWD: folder },
  })
  judge = await loadJudge()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function schemaOf(kind: string): Promise<object> {
  return JSON.parse(await readFile(join(folder, 'here', `${kind}.schema.json`), 'utf8'))
}

async function loadJudge(): Promise<Judge> {
  const { Ajv2020 } = createRequire(`${ROOT_DIR}server/package.json`)('ajv/dist/2020.js')
  const ajv = new Ajv2020({ strictSchema: true, allowUnionTypes: true })
  // What names refer to: for those who rename.
  ajv.addVocabulary(['refers', 'keys'])
  const kinds = Object.keys(KINDS)
  const checks = await Promise.all(
    kinds.map(async (kind) => [kind, ajv.compile(await schemaOf(kind))] as const),
  )
  const byKind = new Map(checks)
  return (kind, definition) => {
    const check = byKind.get(kind)
    return check?.(definition) === true ? undefined : ajv.errorsText(check?.errors)
  }
}

describe('the schemas for editors', () => {
  it('are there for every kind', async () => {
    const files = await readdir(join(folder, 'here'))
    expect(files.toSorted()).toEqual(
      Object.keys(KINDS)
        .map((kind) => `${kind}.schema.json`)
        .toSorted(),
    )
  })

  it('find nothing wrong with what ships, nor with a file that names its schema', async () => {
    const packages = await readPackages(
      ['platform', 'crm'].map((app) => ({ app, folder: join(ROOT_DIR, 'metadata', app) })),
    )
    const wrong = packages
      .flatMap(({ components }) => components)
      .flatMap(({ kind, definition, file }) => {
        const fault = judge(kind, { $schema: 'x.json', ...Object(definition) })
        return fault === undefined ? [] : [`${file}: ${fault}`]
      })
    expect(wrong).toEqual([])
  })

  it.each<[Kind, object]>([
    ['field', { type: 'text', label: 'X', no_such_key: 1 }],
    ['field', { type: 'text', label: 'X', values: [] }],
    ['field', { type: 'txt', label: 'X' }],
    ['field', { label: 'X' }],
    ['list_view', { label: 'X' }],
    ['object', { label: 5 }],
  ])('refuse what a publish refuses: %s %j', (kind, definition) => {
    expect(judge(kind, definition)).toEqual(expect.any(String))
  })
})
