import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { freshness } from '../live/feed.ts';

/** How old what stands here is. It is a signal in a text node: only that text changes twice a second. */
export const Fresh = () => <span class="fresh">{freshness}</span>;

interface PanelProps {
  readonly title: string;
  /** One line on how to read it. */
  readonly about?: string | undefined;
  /** Controls beside the title. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A titled part of a view, with its age. */
export const Panel = ({ title, about, tools, children }: PanelProps) => {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>{title}</h2>
        {about ? <p class="dim small about">{about}</p> : null}
        {tools ? <div class="tools">{tools}</div> : null}
        <Fresh />
      </div>
      {children}
    </section>
  );
};

/** What stands where a list has nothing to show. */
export const None = ({ children }: { readonly children: ComponentChildren }) => (
  <p class="none">{children}</p>
);

/** A table that may be wider than the screen: it scrolls by itself, also with the keyboard. */
export const Scroll = ({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
  <section class="scroll" aria-label={label} tabIndex={0}>
    {children}
  </section>
);
