import { useQuery } from '@tanstack/vue-query'
import { CURRENCY, RECORD_TYPE, splitName } from '@trellis/metamodel'
import { computed, type ComputedRef, type Ref } from 'vue'

import { countRecords, havingValue, type ValuePlace } from '../api/value-counts.ts'
import { useDraft } from '../draft/draft-store.ts'
import { type Draft, releasedOf } from '../draft/draft.ts'
import { fieldsWith, type ValueOwner } from '../draft/value-commands.ts'
import { useWords } from './use-words.ts'

/** How many records of one object have a value, and where they are listed. */
export interface CountedPlace {
  label: string
  count: number
  link: string
}

/** How many live records have a value, as the server counts them. */
export interface ValueCount {
  /** Undefined while it is asked, and where it cannot be told. */
  total: ComputedRef<number | undefined>
  /** Those with any records. */
  places: ComputedRef<readonly CountedPlace[]>
  error: Ref<unknown>
  refetch: () => void
}

export function useValueCount(owner: () => ValueOwner, code: () => string | undefined): ValueCount {
  const draft = useDraft()
  const words = useWords()
  const places = computed(() => [
    ...livePlaces(draft.draft, owner()),
    ...(owner().kind === 'picklist' && owner().name === CURRENCY ? moneyPlaces() : []),
  ])

  /** The currency of a record is a field that nobody has authored. */
  function moneyPlaces(): ValuePlace[] {
    return [...draft.model.objects.values()].flatMap(({ name, money }) => {
      const object = money && releasedOf(draft.draft, 'object', name)?.name
      return money && object !== undefined
        ? [{ object, field: money.currency.name, isList: false }]
        : []
    })
  }

  const { data, error, refetch } = useQuery({
    queryKey: ['value-count', () => draft.release, owner, code],
    queryFn: ({ signal }) =>
      Promise.all(
        places.value.map(async (place) => {
          const where = havingValue(place, code() ?? '')
          return { ...place, where, count: await countRecords(place.object, where, signal) }
        }),
      ),
    enabled: () => code() !== undefined,
    staleTime: 0,
  })

  return {
    error,
    refetch: () => void refetch(),
    total: computed(() => data.value?.reduce((sum, { count }) => sum + count, 0)),
    places: computed(() =>
      (data.value ?? [])
        .filter(({ count }) => count > 0)
        .map(({ object, field, count, where }) => ({
          label: `${words.object(object)} · ${words.path(object, field)}`,
          count,
          link: `/o/${object}?${new URLSearchParams({ where: JSON.stringify(where) })}`,
        })),
    ),
  }
}

function livePlaces(draft: Draft, owner: ValueOwner): ValuePlace[] {
  if (owner.kind === 'object') {
    const object = releasedOf(draft, 'object', owner.name)?.name
    return object === undefined ? [] : [{ object, field: RECORD_TYPE, isList: false }]
  }
  return fieldsWith(draft, owner).flatMap(({ name, definition }) => {
    const live = releasedOf(draft, 'field', name)
    if (!live) return []
    const [object, field] = splitName(live.name)
    return [{ object, field, isList: definition.type === 'multi_picklist' }]
  })
}
