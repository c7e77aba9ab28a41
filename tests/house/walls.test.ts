import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ROOT_DIR } from '../support/index.ts'
import { type Cruise, cruise } from './cruise.ts'
import { findRoomCircles } from './find-room-circles.ts'

// A house of a few files: every one is allowed, and none breaks a wall.
const SOUND: Readonly<Record<string, string>> = {
  'metamodel/src/index.ts': `export * from './model/compile-model.ts'`,
  'metamodel/src/model/compile-model.ts': `import { Type } from 'typebox'\nexport const model = Type.Null()`,
  'server/src/config.ts': `export const config = 1`,
  'server/src/app.ts': `import './http/routes/list-records.ts'\nimport './config.ts'\nexport const app = 1`,
  'server/src/db/index.ts': `export * from './open-database.ts'`,
  'server/src/db/open-database.ts': `import 'pg'\nimport '../config.ts'\nexport const database = 1`,
  'server/src/access/row-filter.ts': `import { database } from '../db/index.ts'\nexport const filter = database`,
  'server/src/catalog/load-model.ts': `import { model } from '@trellis/metamodel'\nexport const loaded = model`,
  'server/src/query/run-read.ts': `import { database } from '../db/index.ts'\nexport const rows = database`,
  'server/src/records/perform.ts': `import { rows } from '../query/run-read.ts'\nexport const done = rows`,
  'server/src/http/routes/list-records.ts': `import { done } from '../../records/perform.ts'\nexport const list = done`,
  'server/src/plugin-api.ts': `export const definePlugin = 1`,
  'runtime-ui/src/api/index.ts': `export const fetchPage = 1`,
  'runtime-ui/src/renderer/index.ts': `export const RecordView = 1`,
  'runtime-ui/src/ui/index.ts': `export const Button = 1`,
  'runtime-ui/src/stores/session.ts': `import { fetchPage } from '../api/index.ts'\nexport const session = fetchPage`,
  'studio/src/main.ts': `import { RecordView } from '@trellis/runtime-ui/renderer'\nexport const preview = RecordView`,
  'plugins/first/server.ts': `import { definePlugin } from '@trellis/server/plugin-api'\nexport const plugin = definePlugin`,
  'plugins/second/server.ts': `export const other = 1`,
}

// What each wall must catch: one file that breaks it, and the rule that says so.
const PLANTED: readonly { rule: string; file: string; text: string }[] = [
  { rule: 'no circles', file: 'server/src/query/first.ts', text: `import './second.ts'` },
  {
    rule: 'server: floor 5 looks up',
    file: 'server/src/query/peek.ts',
    text: `import '../records/perform.ts'`,
  },
  {
    rule: 'metamodel: floor 1 looks up',
    file: 'metamodel/src/problem.ts',
    text: `import './model/compile-model.ts'`,
  },
  {
    rule: 'metamodel is the ground: it imports only typebox, decimal.js and json-logic-js',
    file: 'metamodel/src/model/read-disk.ts',
    text: `import 'node:fs'`,
  },
  {
    rule: 'server knows no screen',
    file: 'server/src/http/draw.ts',
    text: `import '../../../runtime-ui/src/ui/index.ts'`,
  },
  {
    rule: 'runtime-ui knows no server, no studio',
    file: 'runtime-ui/src/api/reach-in.ts',
    text: `import '@trellis/server/plugin-api'`,
  },
  {
    rule: 'studio knows no server',
    file: 'studio/src/draft/reach-in.ts',
    text: `import '../../../server/src/config.ts'`,
  },
  {
    rule: 'studio enters runtime-ui by its doors',
    file: 'studio/src/draft/side-door.ts',
    text: `import '../../../runtime-ui/src/stores/session.ts'`,
  },
  {
    rule: 'everyone enters metamodel by its door',
    file: 'server/src/catalog/side-door.ts',
    text: `import '../../../metamodel/src/model/compile-model.ts'`,
  },
  {
    rule: 'every import leads somewhere',
    file: 'server/src/catalog/deep-import.ts',
    text: `import '@trellis/metamodel/src/model/compile-model.ts'`,
  },
  {
    rule: 'a plugin sees the plugin api only',
    file: 'plugins/first/greedy.ts',
    text: `import '../../server/src/records/perform.ts'`,
  },
  {
    rule: 'plugins do not know each other',
    file: 'plugins/first/neighbour.ts',
    text: `import '../second/server.ts'`,
  },
  {
    rule: 'only db/ opens a connection',
    file: 'server/src/records/connect.ts',
    text: `import { Pool } from 'pg'\nexport const pool = new Pool()`,
  },
  {
    rule: 'db/ is entered by its door',
    file: 'server/src/records/side-door.ts',
    text: `import '../db/open-database.ts'`,
  },
  {
    rule: 'pure verbs stay pure',
    file: 'server/src/query/plan-disk.ts',
    text: `import 'node:fs'`,
  },
  {
    rule: 'pure verbs reach no database, however far',
    file: 'server/src/query/compile-far.ts',
    text: `import '../access/row-filter.ts'`,
  },
  {
    rule: 'the renderer takes props, it fetches nothing',
    file: 'runtime-ui/src/renderer/fetching.ts',
    text: `import '../api/index.ts'`,
  },
  {
    rule: 'routes do not speak SQL',
    file: 'server/src/http/routes/speak-sql.ts',
    text: `import { sql } from 'kysely'\nexport const one = sql\`select 1\``,
  },
  {
    rule: 'no test code in the house',
    file: 'server/src/catalog/tested.ts',
    text: `import './load-model.test.ts'`,
  },
  {
    rule: 'no dead rooms',
    file: 'server/src/query/alone.ts',
    text: `export const alone = 1`,
  },
]

let folder: string

async function build(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), `${text}\n`)
  }
}

/** Links packages the way pnpm does: to each other's folders, and to what the real ones installed. */
async function linkPackages(): Promise<void> {
  for (const name of ['metamodel', 'server', 'runtime-ui', 'studio']) {
    await cp(join(ROOT_DIR, name, 'package.json'), join(folder, name, 'package.json'))
    await link(join(folder, name), join(folder, 'node_modules/@trellis', name))
    const { dependencies } = JSON.parse(await readFile(join(folder, name, 'package.json'), 'utf8'))
    for (const dependency of Object.keys(dependencies).filter(
      (key) => !key.startsWith('@trellis/'),
    )) {
      const installed = join(name, 'node_modules', dependency)
      await link(join(ROOT_DIR, installed), join(folder, installed))
    }
  }
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await symlink(target, path)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-walls-'))
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.base.json']) {
    await cp(join(ROOT_DIR, file), join(folder, file))
  }
  await build(SOUND)
  await linkPackages()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the walls', () => {
  it('let a sound house stand', async () => {
    const { violations, imports } = await cruise(folder)
    expect(violations).toEqual([])
    expect(findRoomCircles(imports)).toEqual([])
  })

  describe('catch what breaks them', () => {
    let found: Cruise

    beforeAll(async () => {
      await build({
        'server/src/catalog/load-model.test.ts': 'export const test = 1',
        'server/src/query/second.ts': `import './first.ts'`,
      })
      await build(Object.fromEntries(PLANTED.map(({ file, text }) => [file, text])))
      found = await cruise(folder)
    })

    it.each(PLANTED)('$rule: $file', ({ rule, file }) => {
      expect(found.violations).toContain(`${rule}: ${file}`)
    })
  })

  it('catch rooms that import each other', async () => {
    await build({
      'server/src/validation/check-rules.ts': `import '../automation/decide-automations.ts'`,
      'server/src/automation/decide-automations.ts': `import '../approvals/decide-approval.ts'`,
      'server/src/approvals/decide-approval.ts': `export const approval = 1`,
      'server/src/approvals/ask-again.ts': `import '../validation/check-rules.ts'`,
    })
    const { imports } = await cruise(folder)
    expect(findRoomCircles(imports)).toContainEqual([
      'server/src/approvals',
      'server/src/automation',
      'server/src/validation',
    ])
  })
})

describe('this house', () => {
  it('has no rooms that import each other', async () => {
    const { imports } = await cruise(ROOT_DIR)
    expect(findRoomCircles(imports)).toEqual([])
  })
})
