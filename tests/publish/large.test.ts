import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  examine,
  installPackages,
  purge,
  readPackages,
  runPublish,
} from '../../server/src/catalog/index.ts'
import type { Transaction } from '../../server/src/db/index.ts'
import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  ROOT_DIR,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

const META = '/api/v1/meta'
const ROWS = 3000

let server: TestServer
let admin: Caller
let stopJobs: Stop

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
  server.foundation.target.largeFrom = 500
  stopJobs = await startJobs(server.foundation)
})
afterAll(async () => {
  expect(await disagreements()).toEqual([])
  await stopJobs()
  await server.stop()
})

const disagreements = (): Promise<unknown[]> =>
  examine(server.test.database, 'main', server.foundation.target.fieldTypes)

type Put = [kind: string, name: string, definition: object | null]

async function openSet(...puts: Put[]): Promise<string> {
  const set = (await admin.post(`${META}/changesets`, { label: 'large' })).body.id
  for (const [kind, name, definition] of puts) {
    const url = `${META}/changesets/${set}/${kind}/${name}`
    if (definition) await admin.put(url, definition)
    else await admin.delete(url)
  }
  return set
}

/** Publishes and waits until the publish is at rest. */
async function publish(...puts: Put[]): Promise<Answer['body']> {
  const answer = await admin.post(`${META}/changesets/${await openSet(...puts)}/publish`, {})
  expect([answer.status, answer.text]).toEqual([202, expect.any(String)])
  return atRest(answer.body.publish.id)
}

async function atRest(id: string): Promise<Answer['body']> {
  await expect
    .poll(async () => (await admin.get(`${META}/publishes/${id}`)).body.status, { timeout: 60_000 })
    .not.toMatch(/running|aborting/)
  await server.currentModel.refresh()
  return (await admin.get(`${META}/publishes/${id}`)).body
}

/** An object of its own with many records, written by SQL: `field` = SQL over the number i. */
async function largeObject(
  fields: Record<string, [definition: object, value: string]>,
): Promise<string> {
  const object = `big_${randomUUID().slice(0, 8)}__c`
  const puts = Object.entries(fields).map(([name, [definition]]): Put => [
    'field',
    `${object}.${name}`,
    definition,
  ])
  const made = await admin.post(
    `${META}/changesets/${await openSet(['object', object, { label: 'Big' }], ...puts)}/publish`,
    {},
  )
  expect(made.status).toBe(200)
  const names = Object.keys(fields)
  await server.test.database.execute(`
    insert into main."${object}" (id, name, owner, created_at, updated_at, version, locked${names.map((n) => `, "${n}"`).join('')})
    select gen_random_uuid(), 'R' || i, (select id from main."user" limit 1), now(), now(), 1, false${names.map((n) => `, ${fields[n]?.[1]}`).join('')}
    from generate_series(1, ${ROWS}) as i`)
  await server.test.database.execute(`analyze main."${object}"`)
  return object
}

/** Takes a lock in a transaction of its own. @returns ends it */
async function holdLock(take: (tx: Transaction) => Promise<unknown>): Promise<() => Promise<void>> {
  const [taken, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = server.test.database.inTransaction(async (tx) => {
    await take(tx)
    taken.resolve()
    await ended.promise
  })
  await taken.promise
  return async () => {
    ended.resolve()
    await holding
  }
}

/** As somebody does who reads a table for long. */
const holdRows = (object: string): Promise<() => Promise<void>> =>
  holdLock((tx) => tx.query(`select count(*) from main."${object}"`))

const text = { type: 'text', label: 'T' }

describe('a type change on a large table', () => {
  it('converts in batches, keeps what is written meanwhile, and is undone without a loss', async () => {
    const object = await largeObject({ n__c: [text, "' ' || i || '.50'"] })
    const done = await publish([
      'field',
      `${object}.n__c`,
      { type: 'number', scale: 2, label: 'N' },
    ])
    expect([done.status, done.error]).toEqual(['done', null])
    expect(done.steps.map((step: { phase: string }) => step.phase)).toEqual(
      expect.arrayContaining(['expand', 'backfill', 'prove', 'activate', 'contract']),
    )
    const { body } = await admin.get(
      `/api/v1/records/${object}?filter[n__c][gte]=2999&select=name,n__c&sort=n__c`,
    )
    expect(body.records.map((one: { n__c: number }) => one.n__c)).toEqual([2999.5, 3000.5])
    await admin.patch(`/api/v1/records/${object}/${body.records[0].id}`, { n__c: 7 })
    expect(await disagreements()).toEqual([])

    const back = await admin.post(`${META}/releases/${done.base_release}/rollback`, {})
    expect(back.status).toBe(200)
    const texts = await admin.get(
      `/api/v1/records/${object}?filter[n__c][in]=7,%203000.50&select=name,n__c&sort=name`,
    )
    expect(texts.body.records.map((one: { n__c: string }) => one.n__c)).toEqual(['7', ' 3000.50'])
    expect(await disagreements()).toEqual([])
  })

  it('is refused with counts and samples, until it is said what becomes of such values', async () => {
    const object = await largeObject({
      n__c: [text, "case i % 1000 when 0 then 'n/a' when 1 then 'many' else '1,234' end"],
    })
    const number = { type: 'number', label: 'N' }
    const set = await openSet(['field', `${object}.n__c`, number])
    const plan = (await admin.post(`${META}/changesets/${set}/plan`, {})).body
    expect(plan).toMatchObject({ in_steps: true, publishable: false })
    expect(plan.findings).toContainEqual(
      expect.objectContaining({ code: 'unconvertible_values', severity: 'error', count: 6 }),
    )
    expect((await admin.post(`${META}/changesets/${set}/publish`, {})).status).toBe(422)

    await publish([
      'field',
      `${object}.n__c`,
      { ...number, replaced_values: { many: '99', 'n/a': '' } },
    ])
    const sum = await server.test.database.query<{ n: string; total: number }>(
      `select n__c_2::text as n, count(*)::int as total from main."${object}" group by 1 order by 1`,
    )
    expect(sum).toEqual([
      { n: '1234', total: ROWS - 6 },
      { n: '99', total: 3 },
      { n: null, total: 3 },
    ])
  })
})

describe('a value that goes from a picklist of a large table', () => {
  it('is replaced in batches, and history says by what', async () => {
    const object = await largeObject({
      s__c: [
        { type: 'picklist', label: 'S', values: [{ code: 'a' }, { code: 'b' }, { code: 'c' }] },
        "case i % 3 when 0 then 'a' when 1 then 'b' else 'c' end",
      ],
    })
    const next = {
      type: 'picklist',
      label: 'S',
      values: [{ code: 'a' }, { code: 'b' }],
      replaced_values: { c: 'a' },
    }
    const done = await publish(['field', `${object}.s__c`, next])
    expect([done.status, done.error]).toEqual(['done', null])
    const { body } = await admin.get(
      `/api/v1/records/${object}?filter[s__c]=a&select=name&count=exact`,
    )
    expect(body.count ?? body.total).toBe(2000)
    const [{ id } = { id: '' }] = await server.test.database.query<{ id: string }>(
      `select id from main."${object}" where name = 'R2'`,
    )
    const history = await admin.get(`/api/v1/records/${object}/${id}/history`)
    expect(history.body.entries ?? history.body.history ?? history.body).toMatchObject([
      { field: 's__c', old: 'c', new: 'a', cause: 'publish' },
    ])
  })
})

describe('what every record must hold on a large table', () => {
  it('is built without blocking, and holds from the moment it is live', async () => {
    const object = await largeObject({ a__c: [text, "'A' || i"], b__c: [text, "'B' || i"] })
    const done = await publish(
      ['field', `${object}.a__c`, { ...text, required: true }],
      ['field', `${object}.b__c`, { ...text, unique: true }],
      ['field', `${object}.c__c`, { type: 'lookup', label: 'C', target: 'account' }],
    )
    expect([done.status, done.error]).toEqual(['done', null])
    const empty = await admin.post(`/api/v1/records/${object}`, { name: 'x', b__c: 'x' })
    expect(empty.status).toBe(422)
    const twice = await admin.post(`/api/v1/records/${object}`, {
      name: 'x',
      a__c: 'x',
      b__c: 'b7',
    })
    expect(twice.status).toBe(409)
    expect(await disagreements()).toEqual([])
  })
})

describe('a publish that is called off', () => {
  it('takes back what it has made, and its change set is open again', async () => {
    const object = await largeObject({ n__c: [text, "i || '.5'"], m__c: [text, "'M' || i"] })
    await stopJobs()
    try {
      const set = await openSet(
        ['field', `${object}.n__c`, { type: 'number', scale: 1, label: 'N' }],
        ['field', `${object}.m__c`, { ...text, required: true, unique: true }],
      )
      const { publish: begun } = (await admin.post(`${META}/changesets/${set}/publish`, {})).body
      const busy = await admin.put(`${META}/changesets/${set}/field/${object}.m__c`, text)
      expect([busy.status, busy.body.code]).toEqual([409, 'conflict'])
      const other = await admin.post(
        `${META}/changesets/${await openSet(['field', 'account.other__c', text])}/publish`,
        {},
      )
      expect([other.status, other.body.detail]).toEqual([409, expect.stringContaining('large')])

      // A server that starts meanwhile has nothing new to install, and starts.
      const packages = await readPackages(
        ['platform', 'crm'].map((app) => ({ app, folder: `${ROOT_DIR}/metadata/${app}` })),
      )
      const again = await installPackages(server.foundation.target, packages, {
        by: null,
        now: new Date(),
        label: 'again',
      })
      expect(again.changes).toEqual([])

      // It dies when the column is there and rows are being filled.
      const { target } = server.foundation
      const stopping = new AbortController()
      const running = runPublish(target, begun.id, stopping.signal)
      await expect
        .poll(
          async () => {
            const { steps } = (await admin.get(`${META}/publishes/${begun.id}`)).body
            return steps.some(
              (one: { phase: string; status: string }) =>
                one.phase === 'prove' && one.status === 'done',
            )
          },
          { interval: 20 },
        )
        .toBe(true)
      stopping.abort()
      await running
      expect((await admin.post(`${META}/publishes/${begun.id}/abort`, {})).body.status).toBe(
        'aborting',
      )
      await runPublish(target, begun.id)
      const ended = (await admin.get(`${META}/changesets/${set}`)).body
      expect([ended.status, ended.publish.status]).toEqual(['open', 'aborted'])
      expect(await disagreements()).toEqual([])
      const columns = await server.test.database.query(
        `select attname from pg_attribute where attrelid = 'main."${object}"'::regclass and attname like 'n__c%'`,
      )
      expect(columns).toEqual([{ attname: 'n__c' }])
      expect(
        await server.test.database.query(
          `select 1 from pg_trigger where tgrelid = 'main."${object}"'::regclass and not tgisinternal`,
        ),
      ).toEqual([])
    } finally {
      stopJobs = await startJobs(server.foundation)
    }
  })

  it('is not possible once it is live', async () => {
    const object = await largeObject({ a__c: [text, "'A' || i"] })
    const done = await publish(['field', `${object}.a__c`, { ...text, index: true }])
    expect((await admin.post(`${META}/publishes/${done.id}/abort`, {})).status).toBe(409)
    expect((await admin.get(`${META}/publishes`)).body).toEqual({ publish: null })
  })
})

describe('what people save while a publish is under way', () => {
  it('halts it if it stands against it, says so, and lets it be resumed', async () => {
    const object = await largeObject({ a__c: [text, "'A' || i"] })
    await stopJobs()
    try {
      const set = await openSet(['field', `${object}.a__c`, { ...text, required: true }])
      const { publish: begun } = (await admin.post(`${META}/changesets/${set}/publish`, {})).body
      const { body: late } = await admin.post(`/api/v1/records/${object}`, { name: 'Late' })
      expect(late.a__c).toBeNull()
      await runPublish(server.foundation.target, begun.id)
      const halted = (await admin.get(`${META}/publishes/${begun.id}`)).body
      expect(halted).toMatchObject({ status: 'halted', release: null })
      expect(halted.error).toContain('a__c')
      expect((await admin.post(`/api/v1/records/${object}`, { name: 'Still free' })).status).toBe(
        201,
      )

      await server.test.database.execute(
        `update main."${object}" set a__c = 'x' where a__c is null`,
      )
      expect((await admin.post(`${META}/publishes/${begun.id}/resume`, {})).body.status).toBe(
        'running',
      )
      await runPublish(server.foundation.target, begun.id)
      await server.currentModel.refresh()
      expect((await admin.get(`${META}/publishes/${begun.id}`)).body).toMatchObject({
        status: 'done',
        error: null,
      })
      expect((await admin.post(`/api/v1/records/${object}`, { name: 'Too late' })).status).toBe(422)
    } finally {
      stopJobs = await startJobs(server.foundation)
    }
  })

  it('does not wait behind it: it waits itself, and says who holds it up', async () => {
    const object = await largeObject({ a__c: [text, "'A' || i"] })
    const letGo = await holdRows(object)
    const answer = await admin.post(
      `${META}/changesets/${await openSet(['field', `${object}.a__c`, { type: 'long_text', label: 'A', required: true }])}/publish`,
      {},
    )
    const { id } = answer.body.publish
    await expect
      .poll(async () => (await admin.get(`${META}/publishes/${id}`)).body.blockers, {
        timeout: 20_000,
      })
      .toEqual([expect.objectContaining({ pid: expect.any(Number), state: 'idle in transaction' })])
    const began = performance.now()
    expect((await admin.get(`/api/v1/records/${object}?limit=1`)).status).toBe(200)
    expect(performance.now() - began).toBeLessThan(2000)
    await letGo()
    expect(await atRest(id)).toMatchObject({ status: 'done', blockers: [] })
  })

  it('does not wait behind it while it waits for a vacuum', async () => {
    const object = await largeObject({ a__c: [text, "'A' || i"] })
    const letGo = await holdLock((tx) =>
      tx.execute(`lock table main."${object}" in share update exclusive mode`),
    )
    const set = await openSet(['field', `${object}.a__c`, { ...text, required: true }])
    const { publish: begun } = (await admin.post(`${META}/changesets/${set}/publish`, {})).body
    const waiting = async (): Promise<string[]> => {
      const locks = await server.test.database.query<{ mode: string }>(
        `select mode from pg_locks where not granted and relation = 'main."${object}"'::regclass`,
      )
      return locks.map(({ mode }) => mode)
    }
    await expect.poll(waiting, { timeout: 20_000 }).toEqual(['ShareUpdateExclusiveLock'])
    const made = await admin.post(`/api/v1/records/${object}`, { name: 'New', a__c: 'A' })
    expect([made.status, await waiting()]).toEqual([201, ['ShareUpdateExclusiveLock']])
    await letGo()
    expect(await atRest(begun.id)).toMatchObject({ status: 'done', error: null })
  })
})

describe('a package that comes anew', () => {
  it('waits for a publish that is under way, and is brought to its end', async () => {
    const object = await largeObject({ n__c: [text, 'i::text'], a__c: [text, "'A' || i"] })
    await stopJobs()
    try {
      const set = await openSet(['field', `${object}.n__c`, { type: 'number', label: 'N' }])
      const { publish: begun } = (await admin.post(`${META}/changesets/${set}/publish`, {})).body
      const [platform, crm] = await readPackages(
        ['platform', 'crm'].map((app) => ({ app, folder: `${ROOT_DIR}/metadata/${app}` })),
      )
      if (!platform || !crm) throw new Error('The packages are gone')
      const components = crm.components.map((one) =>
        one.kind === 'field' && one.name === 'account.website'
          ? { ...one, definition: { ...(one.definition as object), index: true } }
          : one,
      )
      const { target } = server.foundation
      target.largeFrom = 1
      const done = await installPackages(target, [platform, { ...crm, components }], {
        by: null,
        now: new Date(),
        label: 'newer',
      })
      expect(done.release).toBe(begun.base_release + 2)
      expect(await disagreements()).toEqual([])
    } finally {
      server.foundation.target.largeFrom = 500
      stopJobs = await startJobs(server.foundation)
      await server.currentModel.refresh()
    }
  })
})

describe('events', () => {
  it('tell those who may customize how a publish gets on', async () => {
    const object = await largeObject({ n__c: [text, 'i::text'] })
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 })
    const ending = new AbortController()
    const follow = async (caller: Caller): Promise<{ said: string }> => {
      const heard = { said: '' }
      const { signal } = ending
      const headers = { cookie: caller.headers['cookie'] ?? '' }
      const answer = await fetch(`${address}/api/v1/events`, { headers, signal })
      const read = async (): Promise<void> => {
        const decoder = new TextDecoder()
        for await (const part of answer.body ?? []) heard.said += decoder.decode(part as Uint8Array)
      }
      read().catch(() => undefined)
      return heard
    }
    const [ours, theirs] = [await follow(admin), await follow(rep)]
    const letGo = await holdRows(object)
    const set = await openSet(['field', `${object}.n__c`, { type: 'number', label: 'N' }])
    const { id } = (await admin.post(`${META}/changesets/${set}/publish`, {})).body.publish
    await expect
      .poll(() => ours.said, { timeout: 20_000 })
      .toContain(`"id":"${id}","status":"running"`)
    await letGo()
    const { release } = await atRest(id)
    await expect
      .poll(() => ours.said, { timeout: 10_000 })
      .toContain(`"status":"done","release":${release}`)
    expect(ours.said).toContain(`event: publish\n`)
    expect(theirs.said).toContain('event: release')
    expect(theirs.said).not.toContain('event: publish')
    ending.abort()
  })
})

describe('purging', () => {
  it('drops what has been out of use for long, and nothing else', async () => {
    const object = await largeObject({ n__c: [text, 'i::text'], old__c: [text, "'O' || i"] })
    await publish(
      ['field', `${object}.n__c`, { type: 'number', label: 'N' }],
      ['field', `${object}.old__c`, null],
    )
    const columns = async (): Promise<unknown[]> =>
      (
        await server.test.database.query<{ attname: string }>(
          `select attname from pg_attribute where attrelid = 'main."${object}"'::regclass and attname ~ '__c' and not attisdropped order by 1`,
        )
      ).map(({ attname }) => attname)
    expect(
      (await purge(server.foundation.target, { syncedDays: 7, retiredDays: 30 })).columns,
    ).toEqual([])
    expect(await columns()).toEqual(['n__c', 'n__c_2', 'old__c'])
    await server.test.database.execute(
      `update main._physical_field set retired_at = now() - interval '31 days' where table_name = '${object}' and retired_at is not null`,
    )
    expect(
      (await purge(server.foundation.target, { syncedDays: 7, retiredDays: 30 })).columns,
    ).toEqual([`${object}.n__c`, `${object}.old__c`])
    expect(await columns()).toEqual(['n__c_2'])
    expect(
      (await admin.post(`/api/v1/records/${object}`, { name: 'After', n__c: 5 })).body,
    ).toMatchObject({ n__c: 5 })
  })
})
