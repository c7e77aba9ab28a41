import { definePlugin } from '@trellis/server/plugin-api'

import { creditCode } from './field-type.ts'

/** Adds the field type `credit_code`. */
export const plugin = definePlugin({ name: 'credit_code', fieldTypes: [creditCode] })
