import type { DescribedField, DescribedValue } from '@trellis/metamodel'

/** One station of the path. */
export interface StageStep {
  value: DescribedValue
  state: 'done' | 'current' | 'coming'
}

/** Where a record stands on its way, and where it may go. */
export interface StagePath {
  steps: StageStep[]
  current: DescribedValue | null
  /** The station after the current one, if there is one. */
  next: DescribedValue | null
  /** Endings without success, offered apart from the path. */
  endings: DescribedValue[]
  isLost: boolean
}

/**
 * The stations of a stage field: those on the way in their order, and the endings without success apart. A lost
 * record shows the path it left, grey, and its ending as the last station.
 */
export function resolveStagePath(field: DescribedField, code: string | null): StagePath {
  const values = (field.values ?? []).filter((value) => value.active || value.code === code)
  const current = values.find((value) => value.code === code) ?? null
  const isLost = current?.kind === 'lost'
  const way = values.filter((value) => value.kind !== 'lost' && !(isLost && value.kind === 'won'))
  const stations = isLost && current ? [...way, current] : way
  const position = stations.findIndex((value) => value.code === code)
  const steps = stations.map((value, index) => ({ value, state: stateOf(index, position, isLost) }))
  return {
    steps,
    current,
    next: isLost ? null : (stations[position + 1] ?? null),
    endings: values.filter((value) => value.kind === 'lost' && value.active && value.code !== code),
    isLost,
  }
}

function stateOf(index: number, position: number, isLost: boolean): StageStep['state'] {
  if (index === position) return 'current'
  return index < position && !isLost ? 'done' : 'coming'
}
