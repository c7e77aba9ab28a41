import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createDatabase, ROOT_DIR, type TestDatabase } from '../../../tests/support/index.ts'
import { loadTenants, migrate, openDatabase } from './index.ts'

const PLATFORM =
  'create table platform.tenant (name text primary key, schema_name text not null, node text)'

let test: TestDatabase
let folder: string

beforeEach(async () => {
  test = await createDatabase({ template: 'empty' })
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  await Promise.all(['platform', 'tenant'].map((part) => mkdir(join(folder, part))))
  await put('platform/0001_tenant.sql', PLATFORM)
})

afterEach(async () => {
  await test.drop()
  await rm(folder, { recursive: true })
})

const put = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text)

describe('migrate', () => {
  it('runs each file once, in order, tenant files in the tenant’s schema', async () => {
    await put('tenant/0002_row.sql', `insert into _thing values (1); insert into _thing values (2)`)
    await put('tenant/0001_thing.sql', 'create table _thing (id int)')
    await put('tenant/notes.txt', 'not a migration')
    expect(await migrate(test.database, { folder })).toEqual([
      'platform/0001_tenant.sql',
      'main/0001_thing.sql',
      'main/0002_row.sql',
    ])
    expect(await migrate(test.database, { folder })).toEqual([])
    expect(await test.database.query('select id from main._thing')).toHaveLength(2)
    expect(await loadTenants(test.database)).toEqual([
      { name: 'main', schemaName: 'main', node: null },
    ])
  })

  it('brings every tenant up to date', async () => {
    await migrate(test.database, { folder })
    await test.database.execute(sql`insert into platform.tenant values ('acme', 'acme')`)
    await put('tenant/0001_thing.sql', 'create table _thing (id int)')
    expect(await migrate(test.database, { folder })).toEqual([
      'acme/0001_thing.sql',
      'main/0001_thing.sql',
    ])
  })

  it('leaves nothing of a file that fails, and names it', async () => {
    await put('tenant/0001_thing.sql', 'create table _thing (id int); select nothing')
    await expect(migrate(test.database, { folder })).rejects.toThrow(
      'main/0001_thing.sql failed: column "nothing" does not exist',
    )
    const [row] = await test.database.query(sql`select to_regclass('main._thing') as found`)
    expect(row).toEqual({ found: null })
  })

  it('refuses a file that was changed after it had run', async () => {
    await migrate(test.database, { folder })
    await put('platform/0001_tenant.sql', `${PLATFORM}; select 1`)
    await expect(migrate(test.database, { folder })).rejects.toThrow(
      'platform/0001_tenant.sql was changed after it had run',
    )
  })

  it('runs each file once even when two processes migrate at the same time', async () => {
    await put('tenant/0001_thing.sql', 'create table _thing (id int); select pg_sleep(0.2)')
    const second = await openDatabase(test.config)
    const ran = await Promise.all([migrate(test.database, { folder }), migrate(second, { folder })])
    await second.close()
    expect(ran.flat().toSorted()).toEqual(['main/0001_thing.sql', 'platform/0001_tenant.sql'])
  })

  it('runs the files of this repository', async () => {
    await migrate(test.database, { folder: join(ROOT_DIR, 'migrations') })
    await test.database.execute(sql`insert into platform.sign_in (id, email, tenant, user_id)
      values (gen_random_uuid(), 'Ada@example.cn', 'main', gen_random_uuid())`)
    const again = test.database
      .execute(sql`insert into platform.sign_in (id, email, tenant, user_id)
      values (gen_random_uuid(), 'ada@EXAMPLE.cn', 'main', gen_random_uuid())`)
    await expect(again).rejects.toThrow('sign_in_email')
  })
})
