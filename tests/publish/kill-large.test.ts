import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { examine } from '../../server/src/catalog/index.ts'
import { type Caller, ROOT_DIR, startTestServer, type TestServer } from '../support/index.ts'

const META = '/api/v1/meta'
const ROWS = 1500
/** How often the large plan is gone through; each time another rhythm decides where it dies. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 2)

let server: TestServer
let admin: Caller
beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
})
afterAll(() => server.stop())

const run = (text: string): Promise<Record<string, unknown>[]> => server.test.database.query(text)

async function changeSet(
  ...puts: [kind: string, name: string, definition: object][]
): Promise<string> {
  const set = (await admin.post(`${META}/changesets`, { label: 'large' })).body.id
  for (const [kind, name, definition] of puts) {
    await admin.put(`${META}/changesets/${set}/${kind}/${name}`, definition)
  }
  return set
}

const text = { type: 'text', label: 'T' }
const values = (...codes: string[]): object => ({
  type: 'picklist',
  label: 'P',
  values: codes.map((code) => ({ code })),
})

/** Goes on, and dies at the n-th point. @returns whether it came to its end */
function goOn(set: string, point: number): boolean {
  const child = spawnSync(
    process.execPath,
    [
      join(ROOT_DIR, 'tests/publish/publish-and-die.ts'),
      server.test.url,
      set,
      String(point),
      '100',
      'boundaries',
    ],
    { encoding: 'utf8' },
  )
  if (child.signal === 'SIGKILL') return false
  expect([child.stderr, child.status]).toEqual(['', 0])
  return true
}

describe('kill -9 at the boundaries of a large publish', { timeout: 3_000_000 }, () => {
  it.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'goes on where it was, with nothing lost and nothing twice (round %i)',
    async (round) => {
      const object = `kill_${round}__c`
      await admin.post(
        `${META}/changesets/${await changeSet(
          ['object', object, { label: 'Killed' }],
          ['field', `${object}.n__c`, text],
          ['field', `${object}.u__c`, text],
          ['field', `${object}.p__c`, values('a', 'b', 'c')],
          ['field', `${object}.gone__c`, text],
        )}/publish`,
        {},
      )
      await run(`insert into main."${object}" (id, name, owner, created_at, updated_at, version, locked, n__c, u__c, p__c, gone__c)
        select gen_random_uuid(), 'R' || i, (select id from main."user" limit 1), now(), now(), 1, false,
          i::text, 'U' || i, case i % 3 when 0 then 'a' when 1 then 'b' else 'c' end, 'G' || i
        from generate_series(1, ${ROWS}) as i`)
      await run(`analyze main."${object}"`)
      const set = await changeSet(
        ['field', `${object}.n__c`, { type: 'number', label: 'N', required: true, index: true }],
        ['field', `${object}.u__c`, { ...text, unique: true, required: true }],
        ['field', `${object}.p__c`, { ...values('a', 'b'), replaced_values: { c: 'b' } }],
        ['field', `${object}.l__c`, { type: 'lookup', label: 'L', target: 'account' }],
      )
      await admin.delete(`${META}/changesets/${set}/field/${object}.gone__c`)

      let deaths = 0
      // Short lives and long ones by turns: short ones die around every commit, long ones get on.
      for (let life = 1 + round; !goOn(set, 1 + (life % 9)); life++) {
        deaths += 1
        // People go on meanwhile, under the release that is in force.
        await run(`update main."${object}" set n__c = '${life + 10_000}' where name = 'R${1 + (life % 50)}' and exists (
          select 1 from main._head where release = (select min(base_release) from main._publish where finished_at is null))`)
      }
      expect(deaths).toBeGreaterThan(20)
      await server.currentModel.refresh()
      expect(
        await examine(server.test.database, 'main', server.foundation.target.fieldTypes),
      ).toEqual([])
      const [found] = await run(`select count(*)::int as rows, count(n__c_2)::int as numbers,
        count(*) filter (where n__c_2::text is distinct from n__c)::int as unlike,
        count(*) filter (where p__c = 'c')::int as old, count(*) filter (where p__c = 'b')::int as new,
        count(distinct u__c)::int as distinct_values, count(gone__c)::int as kept from main."${object}"`)
      expect(found).toEqual({
        rows: ROWS,
        numbers: ROWS,
        unlike: 0,
        old: 0,
        new: (ROWS / 3) * 2,
        distinct_values: ROWS,
        kept: ROWS,
      })
      const told = await run(`select count(*)::int as total, count(distinct record)::int as records
        from main._history where object = '${object}' and cause = 'publish'`)
      expect(told).toEqual([{ total: ROWS / 3, records: ROWS / 3 }])
      const leftovers =
        await run(`select i.relname from pg_index x join pg_class i on i.oid = x.indexrelid
        join pg_class c on c.oid = x.indrelid where c.relname = '${object}' and (not x.indisvalid or i.relname ~ '(empty|lost|going)$')`)
      expect(leftovers).toEqual([])
      const again = await changeSet([
        'field',
        `${object}.u__c`,
        { ...text, unique: true, required: true },
      ])
      expect((await admin.post(`${META}/changesets/${again}/plan`, {})).body.steps).toEqual([])
    },
  )
})
