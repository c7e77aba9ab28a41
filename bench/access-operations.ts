import { type AccessSizes, MEMBERS } from './access-world.ts'
import type { Operation } from './measure-access.ts'
import { idOf } from './seed.ts'

const RECORDS = '/api/v1/records/opportunity'

/** What everybody asks: lists, a filter, a search, an aggregation, one record. */
export function accessOperations({ records }: AccessSizes, ownRecords: OwnRecords): Operation[] {
  const list = (name: string, parameters: string): Operation => ({
    name,
    method: 'GET',
    path: () => `${RECORDS}?${parameters}`,
  })
  return [
    list('list', 'limit=50'),
    list('list by amount', 'limit=50&sort=-amount'),
    list('filter', 'limit=50&filter[stage]=negotiation'),
    {
      name: 'search',
      method: 'GET',
      path: (nth) => `${RECORDS}?limit=50&q=${1000 + ((nth * 7919) % (records - 1000))}`,
    },
    {
      name: 'aggregate',
      method: 'POST',
      path: () => `${RECORDS}/aggregate`,
      body: {
        group_by: ['stage'],
        measures: [
          { fn: 'count', as: 'records' },
          { fn: 'sum', field: 'amount', as: 'total' },
        ],
      },
    },
    {
      name: 'get',
      method: 'GET',
      path: (nth, caller) => {
        const own = ownRecords[caller] ?? []
        return `${RECORDS}/${own[nth % own.length] ?? idOf('opportunity', 1 + nth)}`
      },
    },
  ]
}

/** Ids of records that each caller owns, by caller. */
export type OwnRecords = Readonly<Record<string, readonly string[]>>

/** The ids of the members, by the name under which they are measured. */
export function memberIds(): Record<keyof typeof MEMBERS, string> {
  const { director, manager, rep } = MEMBERS
  return {
    director: idOf('user', director),
    manager: idOf('user', manager),
    rep: idOf('user', rep),
  }
}
