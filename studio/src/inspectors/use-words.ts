import {
  type Component,
  type DescribedField,
  describeField,
  type FieldModel,
  type Locale,
  localize,
  type LocalizedText,
  type Message,
  type ObjectModel,
  pickLocale,
  resolveFieldPath,
  splitName,
  unlimitedRights,
} from '@trellis/metamodel'
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { labelOf, useDraft } from '../draft/draft-store.ts'

/** The words for things of the draft in the language of the reader. */
export interface Words {
  locale: ComputedRef<Locale>
  /** A text of metadata, or a message of the system. */
  say(text: LocalizedText | Message | undefined, fallback?: string): string
  /** The label of a key of a definition, and the sentence that helps with it; at some paths they are others. */
  property(key: string, at?: string): string
  help(key: string, at?: string): string
  /** A word of a closed list, e.g. `read_write`; told by its key where it means different things. */
  word(word: string | number, key?: string): string
  kind(kind: string): string
  /** The kind within a sentence: in English without its capital. */
  kindInText(kind: string): string
  fieldType(type: string): string
  /** What fields of a type are for. */
  fieldPurpose(type: string): string
  object(name: string): string
  /** A field as the runtime's inputs take it, with all that may be done with it. */
  described(field: FieldModel): DescribedField
  /** `account.industry` as "Account › Industry"; the path itself if it leads nowhere. */
  path(object: string, path: string): string
  component(component: Component): string
  /** The label of what a problem or a change is about, as the draft or else the live model has it. */
  named(at: { kind: string; name: string }): string
}

export function useWords(): Words {
  const { t, te, locale: chosen } = useI18n()
  const draft = useDraft()
  const locale = computed(() => pickLocale(String(chosen.value)))
  const known = (key: string, fallback: string): string => (te(key) ? t(key) : fallback)
  const say = (text: LocalizedText | Message | undefined, fallback = ''): string =>
    localize(text, locale.value, fallback)

  function path(object: string, given: string): string {
    const model = draft.model.objects.get(object)
    const found = model && resolveFieldPath(draft.model.objects, model, given)
    if (!found) return given
    return [...found.hops, found.field].map((field) => say(field.label, field.name)).join(' › ')
  }

  function named({ kind, name }: { kind: string; name: string }): string {
    const component =
      draft.components.find((one) => one.kind === kind && one.name === name) ??
      draft.draft.released.get(`${kind} ${name}`)
    return component ? labelOf(component as Component, locale.value) : splitName(name)[1] || name
  }

  return {
    locale,
    say,
    path,
    named,
    property: (key, at = key) =>
      known(`properties.label_at.${at}`, known(`properties.label.${key}`, key)),
    help: (key, at = key) => known(`properties.help_at.${at}`, known(`properties.help.${key}`, '')),
    word: (word, key) =>
      known(
        `properties.choice.${key ?? ''}.${word}`,
        known(`properties.word.${word}`, String(word)),
      ),
    kind: (kind) => known(`properties.kind.${kind}`, kind),
    kindInText: (kind) => lowerFirst(known(`properties.kind.${kind}`, kind)),
    fieldType: (type) => known(`properties.type.${type}`, type),
    fieldPurpose: (type) => known(`properties.purpose.${type}`, ''),
    described: (field) =>
      describeField(field, {
        locale: locale.value,
        rights: unlimitedRights(),
        permissionSets: [],
      }),
    object: (name) => say(draft.model.objects.get(name)?.label, name),
    component: (component) => labelOf(component, locale.value),
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

/** The object of the draft's model by name, followed through edits. */
export function useObject(name: () => string | undefined): ComputedRef<ObjectModel | undefined> {
  const draft = useDraft()
  return computed(() => draft.model.objects.get(name() ?? ''))
}
