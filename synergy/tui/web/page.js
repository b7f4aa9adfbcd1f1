// Keys belong to the console from the first moment on; xterm.js takes them once its hidden input has the focus.
window.addEventListener("load", () => document.querySelector(".xterm-helper-textarea")?.focus());
