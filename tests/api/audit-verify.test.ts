import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type AuditEntry, appendEntries } from '../../server/src/audit/index.ts'
import { type CommandResult, createDatabase, runCrm, type TestDatabase } from '../support/index.ts'

let test: TestDatabase
let folder: string
let today: string
const ENTRIES = Array.from({ length: 12 }, (_, index) => `attempt ${index}`)

beforeAll(async () => {
  test = await createDatabase({ template: 'installed' })
  folder = await mkdtemp(join(tmpdir(), 'trellis-audit-'))
  await tamper('delete from main._audit', 'delete from main._audit_day')
  await write(ENTRIES)
  today = await lastDay()
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await test.drop()
})

async function write(reasons: readonly string[]): Promise<void> {
  const entries = reasons.map((reason): AuditEntry => ({
    schema: 'main',
    at: new Date('2026-11-22T08:00:00Z'),
    actor: null,
    by: 'nobody',
    address: '192.0.2.1',
    action: 'refused',
    details: { reason },
  }))
  await test.database.inTransaction((tx) => appendEntries(tx, entries))
}

async function lastDay(): Promise<string> {
  const [row] = await test.database.query<{ day: string }>(
    'select max(day)::text as day from main._audit_day',
  )
  return row?.day ?? ''
}

function crm(...args: string[]): Promise<CommandResult> {
  return runCrm(args, { DATABASE_URL: test.url, DATA_DIR: folder })
}

/** What somebody with the rights of the database's owner can do, past the triggers. */
function tamper(...statements: string[]): Promise<void> {
  return test.database.inTransaction(async (tx) => {
    await tx.execute('set local session_replication_role = replica')
    for (const statement of statements) await tx.execute(statement)
  })
}

/** The same tampering, undone afterwards. */
async function verifyTampered(...statements: string[]): Promise<CommandResult> {
  await tamper(
    'create table kept_audit as select * from main._audit',
    'create table kept_day as select * from main._audit_day',
    ...statements,
  )
  try {
    return await crm('audit', 'verify')
  } finally {
    await restore()
  }
}

function restore(): Promise<void> {
  return tamper(
    'delete from main._audit',
    'delete from main._audit_day',
    'insert into main._audit select * from kept_audit',
    'insert into main._audit_day select * from kept_day',
    'drop table kept_audit, kept_day',
  )
}

const CUT = [
  'delete from main._audit where number > 10 and day = (select max(day) from main._audit_day)',
  `update main._audit_day as d set number = 10, hash = a.hash from main._audit as a
   where a.day = d.day and a.number = 10 and d.day = (select max(day) from main._audit_day)`,
] as const

describe('npm run crm -- audit verify', () => {
  it('says that every entry is in its place', async () => {
    const { code, text } = await crm('audit', 'verify')
    expect([code, text]).toEqual([0, expect.stringContaining('each in its place')])
    expect(text).toMatch(new RegExp(`The last link is ${today}\\.\\d+ [0-9a-f]{64}\n`))
  })

  it('knows nothing of a tail that was cut before any checkpoint', async () => {
    expect((await verifyTampered(...CUT)).code).toBe(0)
  })

  it('names the entry that was changed', async () => {
    const { code, text } = await verifyTampered(
      `update main._audit set details = '{}' where number in (5, 7)`,
    )
    expect([code, text]).toEqual([1, expect.stringContaining(`Broken at ${today}.5: `)])
    expect(text).toContain('not the one that was written there')
  })

  it('names the entry that was taken out', async () => {
    const { code, text } = await verifyTampered('delete from main._audit where number = 6')
    expect([code, text]).toEqual([1, expect.stringContaining(`Broken at ${today}.6: `)])
    expect(text).toContain('the entry is gone')
  })

  it('names the first entry that was cut off, as the day knows how many there were', async () => {
    const { code, text } = await verifyTampered('delete from main._audit where number > 10')
    expect([code, text]).toEqual([1, expect.stringContaining(`Broken at ${today}.11: `)])
  })
})

describe('checkpoints', () => {
  const file = (): string => join(folder, 'audit-checkpoints.log')

  beforeAll(async () => {
    expect((await crm('audit', 'checkpoint')).code).toBe(0)
    await write(['later'])
    expect((await crm('audit', 'checkpoint')).text).toMatch(
      new RegExp(`^${today}\\.\\d+ [0-9a-f]{64}\n$`),
    )
    await crm('audit', 'checkpoint')
  })

  it('are added where the log has come further, for nobody else to read', async () => {
    const lines = (await readFile(file(), 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => line.split(' ').slice(1, 4).join(' '))).toEqual([
      `main ${today} 12`,
      `main ${today} 13`,
    ])
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    const { code, text } = await crm('audit', 'verify')
    expect([code, text]).toEqual([0, expect.stringContaining('2 checkpoints in')])
  })

  it('tell that the tail was cut off, though the day was changed to fit', async () => {
    const { code, text } = await verifyTampered(...CUT)
    expect([code, text]).toEqual([1, expect.stringContaining(`Broken at ${today}.11: `)])
    expect(text).toContain('the entry is gone')
  })

  it('tell that the whole chain was made anew', async () => {
    await tamper(
      'create table kept_audit as select * from main._audit',
      'create table kept_day as select * from main._audit_day',
      'delete from main._audit',
      'delete from main._audit_day',
    )
    try {
      await write([...ENTRIES.map((reason) => reason.replace('attempt 3', 'nothing')), 'later'])
      const { code, text } = await crm('audit', 'verify')
      expect([code, text]).toEqual([1, expect.stringContaining(`Broken at ${today}.12: `)])
      expect(text).toContain('another than the one of the checkpoint')
    } finally {
      await restore()
    }
  })

  it('are read from a copy that was kept elsewhere', async () => {
    const copy = join(folder, 'copy.log')
    const text = await readFile(file(), 'utf8')
    await writeFile(copy, text.replace(/[0-9a-f]{64}/, 'f'.repeat(64)))
    const told = await crm('audit', 'verify', '--checkpoints', copy)
    expect([told.code, told.text]).toEqual([1, expect.stringContaining(`${today}.12`)])
    expect((await crm('audit', 'verify', '--day', '2020-01-01')).code).toBe(0)
    expect((await crm('audit', 'verify', '--checkpoints')).code).toBe(2)
    expect((await crm('audit', 'verify', '--day', 'yesterday')).code).toBe(2)
  })

  it('are no checkpoints where somebody wrote something else; half a line is left out', async () => {
    await appendFile(file(), '2026-11-22T08:00:00.000Z main 2026-11-22 9')
    expect((await crm('audit', 'verify')).code).toBe(0)
    await appendFile(file(), '\n')
    const { code, text } = await crm('audit', 'verify')
    expect([code, text]).toEqual([1, expect.stringContaining('audit-checkpoints.log:3 is no')])
  })
})
