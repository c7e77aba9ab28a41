import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'

/** How often each race is run, and how many at the same time. */
const ROUNDS = 1000
const AT_ONCE = 10

let server: TestServer
let people: Caller[] = []
let submitter: Caller

const LEAD = '/api/v1/records/lead'
// Every lead here is of one person.
const NEW_LEAD = `${LEAD}?allow_duplicates=true`

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  const users = await Promise.all(
    ['A', 'B'].map((name) => server.createUser({ sets: ['marketing'], name })),
  )
  for (const user of users) {
    await server.test.database.execute(`update main."user" set role = 'finance' where id = $1`, [
      user.id,
    ])
  }
  people = await Promise.all(users.map((user) => server.signIn(user)))
  submitter = await server.signIn(await server.createUser({ sets: ['sales_manager'], name: 'S' }))
  const set = (await server.admin.post('/api/v1/meta/changesets', { label: 'race' })).body.id
  const definition = {
    label: 'Race',
    object: 'lead',
    steps: [
      { name: 'both', label: 'Both', mode: 'all', approvers: [{ by: 'role', role: 'finance' }] },
    ],
    on_approve: { need: 'approved' },
    on_reject: { need: 'rejected' },
    on_recall: { need: 'recalled' },
  }
  const put = await server.admin.put(
    `/api/v1/meta/changesets/${set}/approval_process/race`,
    definition,
  )
  expect(put.body.problems).toEqual([])
  expect((await server.admin.post(`/api/v1/meta/changesets/${set}/publish`, {})).status).toBe(200)
})
afterAll(() => server.stop())

interface Round {
  lead: string
  approval: string
  items: string[]
}

async function begin(): Promise<Round> {
  const lead = (
    await submitter.post(NEW_LEAD, { name: '李雷', company: '华云', mobile: '13800138000' })
  ).body.id
  const approval = (await submitter.post('/api/v1/approvals', { object: 'lead', record: lead }))
    .body
  const byName = new Map<string, string>(
    approval.waiting_for.map((one: { assignee: { name: string }; work_item: string }) => [
      one.assignee.name,
      one.work_item,
    ]),
  )
  return { lead, approval: approval.id, items: [byName.get('A') ?? '', byName.get('B') ?? ''] }
}

const approve = (round: Round, who: number): Promise<Answer> =>
  caller(who).post(`/api/v1/work-items/${round.items[who]}/approve`, {})
const reject = (round: Round, who: number): Promise<Answer> =>
  caller(who).post(`/api/v1/work-items/${round.items[who]}/reject`, {})

function caller(who: number): Caller {
  const found = people[who]
  if (!found) throw new Error('No such person')
  return found
}

/** Runs a race many times; every round ends with a decided approval, an unlocked record, and each decision counted once. */
async function race(
  run: (round: Round) => Promise<Answer[]>,
  judge: (statuses: number[], end: string) => void,
): Promise<void> {
  for (let done = 0; done < ROUNDS; done += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const round = await begin()
        const answers = await run(round)
        const { body } = await submitter.get(`/api/v1/approvals/${round.approval}`)
        const record = (await submitter.get(`${LEAD}/${round.lead}`)).body
        expect({ need: record.need, locked: record.locked }).toEqual({
          need: body.status,
          locked: false,
        })
        const decisions = body.history.filter((event: { act: string }) => event.act !== 'submitted')
        const counted = answers.filter((answer) => answer.status === 200).length
        expect(decisions).toHaveLength(counted)
        expect(
          body.work_items.filter(
            (item: { status: string }) => item.status === 'pending' || item.status === 'waiting',
          ),
        ).toEqual([])
        judge(answers.map((answer) => answer.status).toSorted(), body.status)
      }),
    )
  }
}

describe('decisions at the same moment', { timeout: 600_000 }, () => {
  it('counts two last votes once each, and approves', async () => {
    await race(
      (round) => Promise.all([approve(round, 0), approve(round, 1)]),
      (statuses, end) => {
        expect([statuses, end]).toEqual([[200, 200], 'approved'])
      },
    )
  })

  it('lets an approval and a rejection come to one outcome', async () => {
    await race(
      (round) => Promise.all([approve(round, 0), reject(round, 1)]),
      (statuses, end) => {
        expect(end).toBe('rejected')
        expect([
          [200, 200],
          [200, 409],
        ]).toContainEqual(statuses)
      },
    )
  })

  it('counts a double click once', async () => {
    await race(
      async (round) => {
        await approve(round, 0)
        const clicks = await Promise.all([approve(round, 1), approve(round, 1)])
        return [...clicks, { ...(clicks[0] as Answer), status: 200 }]
      },
      (statuses, end) => {
        expect([statuses, end]).toEqual([[200, 200, 409], 'approved'])
      },
    )
  })

  it('lets a recall and the last approval come to one outcome', async () => {
    await race(
      async (round) => {
        const first = await approve(round, 0)
        const [last, recall] = await Promise.all([
          approve(round, 1),
          submitter.post(`/api/v1/approvals/${round.approval}/recall`, {}),
        ])
        return [first, last, recall]
      },
      (statuses, end) => {
        expect(statuses).toEqual([200, 200, 409])
        expect(['approved', 'recalled']).toContain(end)
      },
    )
  })
})
