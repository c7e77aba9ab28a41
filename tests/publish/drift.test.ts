import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ROOT_DIR, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const driftOf = async (): Promise<{ code: string; place: string; mend: string | null }[]> =>
  (await server.admin.get('/api/v1/meta/drift')).body.drift

/** Changes the tables past the metadata, as somebody at the database would. */
const alter = async (statement: string): Promise<void> => {
  await server.test.database.execute(statement)
}

describe('drift', () => {
  it('is nothing on tables that only publishing has changed', async () => {
    expect(await driftOf()).toEqual([])
  })

  it.each([
    ['a missing index', `DROP INDEX main.account_owner_created_at_sort`, 'missing_index'],
    [
      'a column that must not be empty any more',
      'ALTER TABLE main.account ALTER COLUMN created_at DROP NOT NULL',
      'differs',
    ],
    [
      'an index that nobody asked for',
      'CREATE INDEX by_hand ON main.account (name)',
      'unknown_index',
    ],
    [
      'a trigger of somebody else',
      `CREATE FUNCTION main.meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
       CREATE TRIGGER meddles BEFORE UPDATE ON main.account FOR EACH ROW EXECUTE FUNCTION main.meddle()`,
      'unknown_trigger',
    ],
    [
      'a foreign key that is gone',
      'ALTER TABLE main.contact DROP CONSTRAINT contact_account_fkey',
      'missing_foreign_key',
    ],
    [
      'a check of a lookup of several objects that is gone',
      'ALTER TABLE main.task DROP CONSTRAINT task_document_contract_one',
      'missing_check',
    ],
  ])('finds %s, and what is told to mend it does', async (_what, statement, code) => {
    await alter(statement)
    const [found, ...others] = await driftOf()
    expect(others).toEqual([])
    expect(found).toMatchObject({ code, mend: expect.any(String) })
    await alter(found?.mend ?? '')
    expect(await driftOf()).toEqual([])
  })

  it.each([
    [
      'a table that nobody knows',
      'CREATE TABLE main.by_hand (id int)',
      'unknown_table',
      'DROP TABLE main.by_hand',
    ],
    [
      'a column that nobody knows',
      'ALTER TABLE main.account ADD COLUMN by_hand int',
      'unknown_column',
      'ALTER TABLE main.account DROP COLUMN by_hand',
    ],
    [
      'a column of another type',
      'ALTER TABLE main.account ALTER COLUMN version TYPE bigint',
      'differs',
      'ALTER TABLE main.account ALTER COLUMN version TYPE integer',
    ],
  ])(
    'finds %s, and leaves it to people what becomes of it',
    async (_what, statement, code, undo) => {
      await alter(statement)
      expect(await driftOf()).toMatchObject([{ code, mend: null }])
      await alter(undo)
      expect(await driftOf()).toEqual([])
    },
  )

  it('is none of lookups of several objects on installations from before their check', async () => {
    const drop = 'ALTER TABLE main.task DROP CONSTRAINT task_document_contract_one'
    const folder = join(ROOT_DIR, 'migrations', 'tenant')
    const migration = await readFile(join(folder, '0023_one_of_several.sql'), 'utf8')
    await alter(drop)
    await alter(`SET search_path TO main; ${migration}; RESET search_path`)
    expect(await driftOf()).toEqual([])

    // Rows that break it keep nobody from starting, and are told of.
    await alter(drop)
    await alter(`SET session_replication_role = replica;
      INSERT INTO main.task (id, name, owner, created_at, updated_at, version, document_contract, document_quote, status, priority)
      SELECT gen_random_uuid(), 'two', id, now(), now(), 1, id, id, 'open', 'normal' FROM main."user" LIMIT 1;
      SET session_replication_role = DEFAULT`)
    await alter(`SET search_path TO main; ${migration}; RESET search_path`)
    expect(await driftOf()).toMatchObject([
      { place: 'task_document_contract_one', mend: expect.stringContaining('VALIDATE') },
    ])
    await alter(`DELETE FROM main.task WHERE name = 'two'`)
    await alter('ALTER TABLE main.task VALIDATE CONSTRAINT task_document_contract_one')
    expect(await driftOf()).toEqual([])
  })

  it('is told in the language of the reader, to those who customize', async () => {
    await alter('CREATE TABLE main.by_hand (id int)')
    const { body } = await server.admin
      .with({ 'accept-language': 'zh-CN' })
      .get('/api/v1/meta/drift')
    expect(body.drift[0].message).toBe('元数据中没有数据表 by_hand')
    await alter('DROP TABLE main.by_hand')
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    expect((await rep.get('/api/v1/meta/drift')).status).toBe(403)
  })
})
