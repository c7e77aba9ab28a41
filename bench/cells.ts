import type { LoadRequest } from 'autocannon'

import { idOf, type Sizes } from './seed.ts'

/** One row of the result: the same requests, sent to both servers in turn. */
export interface Cell {
  readonly name: string
  /** What it should cost, as a multiple of the baseline (performance.md, section 3). */
  readonly goal: number
  /** Who asks: the administrator, or a representative who sees only their own records. */
  readonly as: 'admin' | 'rep'
  readonly requests: readonly LoadRequest[]
}

const EXPANDED = 'select=amount,stage,close_date,account.industry,account.level,account.owner.email'
const BULK = 200

const get = (path: string): LoadRequest => ({ method: 'GET', path: `/api/v1/records${path}` })

const write = (method: string, path: string, body: unknown): LoadRequest => ({
  method,
  path: `/api/v1/records${path}`,
  body: JSON.stringify(body),
})

const many = (make: (n: number) => LoadRequest): LoadRequest[] =>
  Array.from({ length: 500 }, (_, n) => make(n))

/** Everything that is measured. Requests differ from one another, so that no answer can be kept. */
export function makeCells(sizes: Sizes): Cell[] {
  const random = randomNumbers(42)
  const anyNumber = (below: number): number => Math.floor(random() * below)
  const anyAccount = (): string => `/account/${idOf('account', 1 + anyNumber(sizes.accounts))}`
  return [...readingCells(anyAccount), ...writingCells(anyAccount, anyNumber)]
}

function readingCells(anyAccount: () => string): Cell[] {
  const filtered = many((n) => get(`/account?filter[credit_days][gte]=${n % 900}`))
  const expanded = [get(`/opportunity?${EXPANDED}`)]
  return [
    { name: 'get', goal: 1.3, as: 'admin', requests: many(() => get(anyAccount())) },
    { name: 'list of 50', goal: 1, as: 'admin', requests: [get('/account')] },
    { name: 'list of 50 with a filter', goal: 1, as: 'admin', requests: filtered },
    { name: 'list of 50 under a row rule', goal: 1, as: 'rep', requests: [get('/account')] },
    { name: 'list of 50 with parents expanded', goal: 1.1, as: 'admin', requests: expanded },
  ]
}

function writingCells(anyAccount: () => string, anyNumber: (below: number) => number): Cell[] {
  // The same accounts are made in every round; whether there are twins is looked up all the same.
  const creates = many((n) => write('POST', '/account?allow_duplicates=true', newAccount(n)))
  const patches = many((n) => {
    const phone = `021-${20_000_000 + anyNumber(9_999_999)}`
    return write('PATCH', anyAccount(), { phone, city: `City ${n}` })
  })
  const operations = Array.from({ length: BULK }, (_, n) => ({
    op: 'create',
    record: newAccount(n),
  }))
  const bulk = [write('POST', '/account/batch?allow_duplicates=true', { operations })]
  return [
    { name: 'create', goal: 2, as: 'admin', requests: creates },
    { name: 'patch', goal: 2, as: 'admin', requests: patches },
    { name: 'bulk create of 200', goal: 2, as: 'admin', requests: bulk },
  ]
}

function newAccount(n: number): Record<string, unknown> {
  return {
    name: `New account ${n}`,
    phone: '021-12345678',
    email: `new${n}@customer.example`,
    industry: 'electronics',
    level: 'B',
    status: 'prospect',
    city: 'Shanghai',
    address: `${n} Century Avenue`,
    website: `https://new${n}.example`,
    credit_limit: 10_000.5,
    credit_days: 30,
    founded_date: '2001-05-06',
  }
}

/** Numbers between 0 and 1, the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
