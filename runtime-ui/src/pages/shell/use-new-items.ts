import { computed, type ComputedRef } from 'vue'

import { useModel } from '../../stores/model.ts'
import { type MenuItem, useNavigation } from '../../stores/navigation.ts'

/** What the person may make: the objects of the menu that they may create records of. */
export function useNewItems(): ComputedRef<MenuItem[]> {
  const model = useModel()
  const navigation = useNavigation()
  return computed(() =>
    navigation.items.flatMap(({ key, icon }) => {
      const object = model.object(key.replace(/^object:/, ''))
      if (object === undefined || !object.access.create) return []
      return [{ key, icon, label: object.label, to: `/o/${object.name}/new` }]
    }),
  )
}
