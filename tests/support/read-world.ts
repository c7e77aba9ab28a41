import {
  compileModel,
  compileRights,
  createFieldTypes,
  type RawComponent,
} from '@trellis/metamodel'

import type { Actor } from '../../server/src/access/actor.ts'
import type { Context } from '../../server/src/access/context.ts'
import { Organization } from '../../server/src/access/organization.ts'
import {
  PhysicalMap,
  assignNames,
  describeTables,
  planSchema,
  quoteIdentifier,
  type Release,
} from '../../server/src/schema/index.ts'
import { createDatabase, type TestDatabase } from './test-database.ts'

/** A small company's data in real tables, for tests of the query room alone. */
export interface ReadWorld {
  readonly test: TestDatabase
  readonly release: Release
  /** A reader with these permission sets; the admin has all rights. */
  context(user: { id: string; sets: readonly string[] }): Context
  /** Writes rows as they are; what every row has is filled in. */
  insert(object: string, rows: readonly Record<string, unknown>[]): Promise<void>
}

/** The moment at which everything in such a world happens. */
export const NOW = new Date('2026-11-21T04:00:00Z')

/** Compiles components, makes their tables in a fresh database, and reads them as anybody. */
export async function createReadWorld(components: readonly RawComponent[]): Promise<ReadWorld> {
  const test = await createDatabase()
  const { model, problems } = compileModel(components, createFieldTypes())
  if (!model) {
    throw new Error(
      JSON.stringify(
        problems.filter((problem) => problem.severity === 'error'),
        null,
        2,
      ),
    )
  }
  const none = {
    schema: 'main',
    tables: new Map(),
    columns: new Map(),
    usedTables: new Set<string>(),
    usedColumns: new Set<string>(),
  }
  const names = assignNames(model, none)
  const next = describeTables(model, names, { hasTrigram: false })
  for (const step of planSchema({ schema: 'main', before: new Map(), next, names })) {
    for (const statement of step.sql) await test.database.execute(statement)
  }
  const release: Release = {
    number: 1,
    model,
    physical: new PhysicalMap(names),
    derived: new Map(),
  }
  return {
    test,
    release,
    context: ({ id, sets }) => ({
      db: test.database,
      release,
      actor: actorOf(id, sets, release),
      now: NOW,
      requestId: 'test',
      cause: 'user',
    }),
    insert: (object, rows) => insertRows({ test, release }, object, rows),
  }
}

function actorOf(userId: string, permissionSets: readonly string[], release: Release): Actor {
  const rights = compileRights(release.model, permissionSets)
  const user = {
    id: userId,
    isQueue: false,
    isActive: true,
    code: null,
    role: null,
    department: null,
    manager: null,
    permissionSets,
  }
  const organization = new Organization({
    users: [user],
    departments: [],
    memberships: [],
    groups: [],
    groupMembers: [],
    queueMembers: [],
    roles: new Map(),
  })
  const reach = organization.reachOf(userId)
  return {
    userId,
    tenant: 'main',
    name: 'Reader',
    email: 'reader@example.com',
    role: null,
    departmentId: null,
    managerId: null,
    permissionSets,
    rights,
    organization,
    reach,
    accessSignature: `${rights.signature}|${userId}`,
    locale: 'en-US',
    timeZone: 'Asia/Shanghai',
    by: 'session',
  }
}

async function insertRows(
  { test, release }: Pick<ReadWorld, 'test' | 'release'>,
  object: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  const { physical } = release
  const table = `main.${quoteIdentifier(physical.tableName(object))}`
  for (const row of rows) {
    const moment = NOW.toISOString()
    const full = { created_at: moment, updated_at: moment, version: 1, locked: false, ...row }
    const columns = Object.keys(full).map((field) =>
      quoteIdentifier(physical.columnName(object, field)),
    )
    const places = columns.map((_, index) => `$${index + 1}`)
    await test.database.execute(
      `insert into ${table} (${columns.join()}) values (${places.join()})`,
      Object.values(full),
    )
  }
}
