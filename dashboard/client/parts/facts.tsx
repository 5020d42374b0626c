import type { ComponentChildren } from 'preact';

/** A name with what is to be said of it. */
export type Fact = readonly [name: string, value: ComponentChildren];

/** Names and values in two columns. Facts without a value are left out. */
export const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);
