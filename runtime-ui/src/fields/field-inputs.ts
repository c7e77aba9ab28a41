import { type Component, defineAsyncComponent } from 'vue'

import AddressInput from './AddressInput.vue'
import CheckboxInput from './CheckboxInput.vue'
import GeolocationInput from './GeolocationInput.vue'
import JsonInput from './JsonInput.vue'
import LongTextInput from './LongTextInput.vue'
import { registeredLooks } from './look-registry.ts'
import NumberInput from './NumberInput.vue'
import PicklistInput from './PicklistInput.vue'
import PolymorphicInput from './PolymorphicInput.vue'
import ReferenceInput from './ReferenceInput.vue'
import TextInput from './TextInput.vue'

/** Few forms take files. */
const FileInput = defineAsyncComponent(() => import('./FileInput.vue'))
/** The calendar is the largest control and rarely the first that is needed. */
const DateInput = defineAsyncComponent(() => import('./DateInput.vue'))
/** The editor is larger still. */
const RichTextInput = defineAsyncComponent(() => import('./RichTextInput.vue'))
const TimeInput = defineAsyncComponent(() => import('./TimeInput.vue'))

const INPUTS: Readonly<Record<string, Component>> = {
  text: TextInput,
  long_text: LongTextInput,
  rich_text: RichTextInput,
  number: NumberInput,
  currency: NumberInput,
  percent: NumberInput,
  checkbox: CheckboxInput,
  date: DateInput,
  datetime: DateInput,
  time: TimeInput,
  email: TextInput,
  phone: TextInput,
  url: TextInput,
  picklist: PicklistInput,
  multi_picklist: PicklistInput,
  auto_number: TextInput,
  // Of the kinds of computed values; each is shown by the type of its result.
  formula: TextInput,
  roll_up: TextInput,
  lookup: ReferenceInput,
  master_detail: ReferenceInput,
  user: ReferenceInput,
  department: ReferenceInput,
  polymorphic_lookup: PolymorphicInput,
  address: AddressInput,
  geolocation: GeolocationInput,
  json: JsonInput,
  encrypted_text: TextInput,
  file: FileInput,
  image: FileInput,
}

/** With what values of a type are entered; as plain text if nobody knows the type. */
export function fieldInput(type: string): Component {
  return registeredLooks.get(type)?.input ?? INPUTS[type] ?? TextInput
}
