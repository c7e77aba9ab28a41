import type { Component } from 'vue'

import AddressView from './AddressView.vue'
import CheckboxView from './CheckboxView.vue'
import FileView from './FileView.vue'
import GeolocationView from './GeolocationView.vue'
import JsonView from './JsonView.vue'
import LinkView from './LinkView.vue'
import LongTextView from './LongTextView.vue'
import { registeredLooks } from './look-registry.ts'
import PicklistView from './PicklistView.vue'
import ReferenceView from './ReferenceView.vue'
import RichTextView from './RichTextView.vue'
import TextView from './TextView.vue'

const VIEWS: Readonly<Record<string, Component>> = {
  text: TextView,
  long_text: LongTextView,
  rich_text: RichTextView,
  number: TextView,
  currency: TextView,
  percent: TextView,
  checkbox: CheckboxView,
  date: TextView,
  datetime: TextView,
  time: TextView,
  email: LinkView,
  phone: LinkView,
  url: LinkView,
  picklist: PicklistView,
  multi_picklist: PicklistView,
  auto_number: TextView,
  // Of the kinds of computed values; each is shown by the type of its result.
  formula: TextView,
  roll_up: TextView,
  lookup: ReferenceView,
  master_detail: ReferenceView,
  user: ReferenceView,
  department: ReferenceView,
  polymorphic_lookup: ReferenceView,
  address: AddressView,
  geolocation: GeolocationView,
  json: JsonView,
  encrypted_text: TextView,
  file: FileView,
  image: FileView,
}

/** How values of a type are shown; as plain text if nobody knows the type. */
export function fieldView(type: string): Component {
  return registeredLooks.get(type)?.view ?? VIEWS[type] ?? TextView
}
