import {
  LOCALES,
  localize,
  type Problem,
  type RawComponent,
  type TemplateDefinition,
} from '@trellis/metamodel'

import { parseTemplate } from '../templates/parse-template.ts'

/** Templates whose text does not parse or uses what the safe form of Handlebars leaves out. */
export function checkTemplates(components: readonly RawComponent[]): Problem[] {
  return components
    .filter((one) => one.kind === 'template')
    .flatMap((component) => {
      const { body } = (component.definition ?? {}) as Partial<TemplateDefinition>
      if (body === undefined) return []
      return LOCALES.flatMap((locale): Problem[] => {
        const fault = parseTemplate(localize(body, locale)).fault
        return fault
          ? [
              {
                code: 'wrong_template',
                severity: 'error',
                kind: 'template',
                name: component.name,
                path: `body.${locale}`,
                message: fault,
              },
            ]
          : []
      })
    })
}
