import { type Component, defineAsyncComponent } from 'vue'

import CheckboxInput from './CheckboxInput.vue'
import CheckboxView from './CheckboxView.vue'
import LinkView from './LinkView.vue'
import LongTextInput from './LongTextInput.vue'
import LongTextView from './LongTextView.vue'
import NumberInput from './NumberInput.vue'
import PicklistInput from './PicklistInput.vue'
import PicklistView from './PicklistView.vue'
import ReferenceInput from './ReferenceInput.vue'
import ReferenceView from './ReferenceView.vue'
import TextInput from './TextInput.vue'
import TextView from './TextView.vue'

/** The calendar is the largest control and rarely the first that is needed. */
const DateInput = defineAsyncComponent(() => import('./DateInput.vue'))

/** View and input of every field type that is built in. */
export const BUILT_IN_LOOKS: Readonly<Record<string, [view: Component, input: Component]>> = {
  text: [TextView, TextInput],
  long_text: [LongTextView, LongTextInput],
  number: [TextView, NumberInput],
  currency: [TextView, NumberInput],
  percent: [TextView, NumberInput],
  checkbox: [CheckboxView, CheckboxInput],
  date: [TextView, DateInput],
  datetime: [TextView, DateInput],
  email: [LinkView, TextInput],
  phone: [LinkView, TextInput],
  url: [LinkView, TextInput],
  picklist: [PicklistView, PicklistInput],
  multi_picklist: [PicklistView, PicklistInput],
  auto_number: [TextView, TextInput],
  lookup: [ReferenceView, ReferenceInput],
  master_detail: [ReferenceView, ReferenceInput],
  user: [ReferenceView, ReferenceInput],
}
