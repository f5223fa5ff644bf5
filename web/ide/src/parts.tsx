// Small things that several parts of the page are made of.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { createPortal } from "react-dom";
import icons from "../../../src/console/assets/icons.svg";

export function Icon({ name }: { name: string }) {
  return (
    <svg className={name === "mark" ? "mark" : "icon"} aria-hidden="true">
      <use href={`${icons}#${name}`} />
    </svg>
  );
}

interface Opened {
  open: boolean;
  close(): void;
  title: string;
  className: "modal" | "drawer";
  children: ReactNode;
}

// A dialog of the browser's own, which knows Escape and gives the focus back. It stands at the end of the page, away from
// the styles of where it is opened.
export function Dialog({ open, close, title, className, children }: Opened) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return createPortal(
    <dialog
      ref={dialog}
      className={className}
      aria-label={title}
      onClose={close}
      onClick={event => event.target === dialog.current && close()}
    >
      {open && children}
    </dialog>,
    document.body,
  );
}

interface Copied {
  text(): string;
  label: string;
  className?: string;
  icon?: string;
}

// Copies a text, and says so where the label was.
export function Copy({ text, label, className = "btn small", icon = "copy" }: Copied) {
  const [said, say] = useState("");
  const copy = async () => {
    say((await copied(text())) ? "Copied" : "Not copied: the browser forbids it");
    setTimeout(say, 2000, "");
  };
  return (
    <button className={className} type="button" onClick={copy}>
      <Icon name={said === "Copied" ? "check" : icon} />
      <span role="status">{said || label}</span>
    </button>
  );
}

// Browsers lend the clipboard to pages by HTTPS or of this machine alone; elsewhere the old way has to do.
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
