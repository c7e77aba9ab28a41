// @vitest-environment happy-dom
import type { DescribedField } from '@trellis/metamodel'
import { flushPromises, mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { type Component, defineComponent, h } from 'vue'

vi.mock('@trellis/runtime-ui/renderer', () => ({
  useFieldContext: () => ({ locale: 'en-US', timeZone: 'Asia/Shanghai', currency: 'CNY' }),
  fieldLook: () => ({
    input: defineComponent({
      props: ['modelValue'],
      emits: ['update:modelValue', 'commit', 'cancel'],
      setup:
        (props, { emit }) =>
        () =>
          h('input', {
            value: props.modelValue,
            onInput: (event: InputEvent) =>
              emit('update:modelValue', (event.target as HTMLInputElement).value),
          }),
    }),
  }),
}))

const { default: CreditCodeInput } = await import('./CreditCodeInput.vue')
const { default: CreditCodeView } = await import('./CreditCodeView.vue')
const { install } = await import('./ui.ts')

const field = { name: 'uscc', label: 'Credit code', type: 'credit_code' } as DescribedField

describe('the look of a credit code', () => {
  it('is registered under its field type', () => {
    const looks = new Map<string, { view: Component; input: Component }>()
    install((type, look) => void looks.set(type, look))
    expect([...looks.keys()]).toEqual(['credit_code'])
  })

  it('shows blocks whose text is the code', async () => {
    const view = mount(CreditCodeView, { props: { field, value: '91350100M000100Y43' } })
    expect(view.findAll('.credit-code__block').map((block) => block.text())).toEqual([
      '91',
      '350100',
      'M000100Y4',
      '3',
    ])
    expect(view.find('.credit-code__text').text()).toBe('91350100M000100Y43')
    const writeText = vi.fn(async () => undefined)
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    await view.find('button').trigger('click')
    await flushPromises()
    expect(writeText).toHaveBeenCalledWith('91350100M000100Y43')
    expect(view.find('button').text()).toBe('Copied')
    vi.unstubAllGlobals()
  })

  it('turns what is typed into capitals and says what is wrong with it', async () => {
    const input = mount(CreditCodeInput, { props: { field, modelValue: null } })
    await input.find('input').setValue('91350100m000100y4x')
    expect(input.emitted('update:modelValue')).toEqual([['91350100M000100Y4X']])
    await input.setProps({ modelValue: '91350100M000100Y4X' })
    expect(input.find('[role=status]').text()).toContain('check character')
    await input.setProps({ modelValue: '91350100M000100Y43' })
    expect(input.find('[role=status]').text()).toBe('The check character fits')
    await input.setProps({ error: 'Already used' })
    expect(input.find('[role=status]').exists()).toBe(false)
  })

  it('becomes null when it is emptied', async () => {
    const input = mount(CreditCodeInput, { props: { field, modelValue: '91' } })
    await input.find('input').setValue('')
    expect(input.emitted('update:modelValue')).toEqual([[null]])
  })
})
