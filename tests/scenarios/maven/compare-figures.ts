import type { AggregatePage, AggregateQuery } from '@trellis/metamodel'

import type { GoldenFigures, GoldenGroup } from './company.ts'
import type { HttpClient } from './http-client.ts'

/** One figure of ours beside the golden one. */
export interface Figure {
  /** `region Central`, `agent Boris Faz`, … */
  of: string
  measure: 'deals' | keyof GoldenGroup
  golden: number | undefined
  ours: number | undefined
}

/** By what deals are grouped, and which golden figures that answers. */
interface Dimension {
  of: string
  golden: keyof Omit<GoldenFigures, 'rows' | 'stages'>
  group: Exclude<NonNullable<AggregateQuery['group_by']>[number], string>
  /** The golden file's word for a value that is grouped by. */
  word?: (value: string) => string
}

const STAGES: Readonly<Record<string, string>> = {
  needs_confirmed: 'Prospecting',
  solution: 'Engaging',
  won: 'Won',
  lost: 'Lost',
}
const capital = (code: string): string => `${code.slice(0, 1).toUpperCase()}${code.slice(1)}`

const DIMENSIONS: readonly Dimension[] = [
  { of: 'manager', golden: 'byManager', group: { field: 'owner.manager.name' } },
  { of: 'region', golden: 'byRegion', group: { field: 'owner.regional_office__c' }, word: capital },
  { of: 'product', golden: 'byProduct', group: { field: 'product__c.name' } },
  { of: 'agent', golden: 'byAgent', group: { field: 'owner.name' } },
  {
    of: 'month',
    golden: 'byCloseMonth',
    group: { field: 'close_date', bucket: 'month' },
    word: (day) => day.slice(0, 7),
  },
  // The golden file was counted before the spelling was mended.
  {
    of: 'sector',
    golden: 'bySector',
    group: { field: 'account.sector__c' },
    word: (code) => (code === 'technology' ? 'technolgy' : code),
  },
]

const CLOSED = { in: [{ var: 'stage' }, ['won', 'lost']] }

/** Asks the server for every golden figure; a group that only one side knows is there with the other undefined. */
export async function compareFigures(client: HttpClient, golden: GoldenFigures): Promise<Figure[]> {
  const figures = await compareStages(client, golden)
  for (const dimension of DIMENSIONS) {
    figures.push(...(await compareGroups(client, golden, dimension)))
  }
  return figures
}

export function isRight({ golden, ours }: Figure): boolean {
  return golden === ours
}

async function compareStages(client: HttpClient, golden: GoldenFigures): Promise<Figure[]> {
  const groups = await aggregate(client, {
    group_by: ['stage'],
    measures: [{ fn: 'count', as: 'deals' }],
  })
  const counts = new Map(
    groups.map((group) => [
      STAGES[String(group['stage'])] ?? String(group['stage']),
      Number(group['deals']),
    ]),
  )
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return [
    { of: 'all', measure: 'deals', golden: golden.rows, ours: rows },
    ...bothKeys(golden.stages, counts).map((stage): Figure => ({
      of: `stage ${stage}`,
      measure: 'deals',
      golden: golden.stages[stage],
      ours: counts.get(stage),
    })),
  ]
}

async function compareGroups(
  client: HttpClient,
  golden: GoldenFigures,
  { of, golden: key, group, word }: Dimension,
): Promise<Figure[]> {
  const answer = await aggregate(client, {
    where: CLOSED,
    group_by: [{ ...group, as: 'bucket' }, 'stage'],
    measures: [
      { fn: 'count', as: 'deals' },
      { fn: 'sum', field: 'amount', as: 'total' },
    ],
  })
  const ours = new Map<string, GoldenGroup>()
  for (const [value, parts] of Map.groupBy(answer, (one) => String(one['bucket']))) {
    ours.set(word?.(value) ?? value, closedGroup(parts))
  }
  return bothKeys(golden[key], ours).flatMap((name) =>
    figuresOf(`${of} ${name}`, golden[key][name], ours.get(name)),
  )
}

function closedGroup(parts: readonly Record<string, unknown>[]): GoldenGroup {
  const of = (stage: string): Record<string, unknown> =>
    parts.find((part) => part['stage'] === stage) ?? {}
  const [won, lost] = [Number(of('won')['deals'] ?? 0), Number(of('lost')['deals'] ?? 0)]
  return {
    won,
    lost,
    wonValue: Number(of('won')['total'] ?? 0),
    winRate: Number((won / (won + lost)).toFixed(6)),
  }
}

function figuresOf(
  of: string,
  golden: GoldenGroup | undefined,
  ours: GoldenGroup | undefined,
): Figure[] {
  return (['won', 'lost', 'wonValue', 'winRate'] as const).map((measure) => ({
    of,
    measure,
    golden: golden?.[measure],
    ours: ours?.[measure],
  }))
}

function bothKeys(golden: object, ours: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...Object.keys(golden), ...ours.keys()])]
}

/** All groups, page after page. */
async function aggregate(
  client: HttpClient,
  query: AggregateQuery,
): Promise<Record<string, unknown>[]> {
  const groups: Record<string, unknown>[] = []
  let cursor: string | null = null
  do {
    const page: AggregatePage = await client.post('/records/opportunity/aggregate', {
      ...query,
      ...(cursor === null ? {} : { cursor }),
    })
    groups.push(...page.groups)
    cursor = page.next_cursor
  } while (cursor !== null)
  return groups
}
