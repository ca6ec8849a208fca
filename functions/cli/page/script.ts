/**
 * Of the page, in a browser: the filter and how old the page is. It only hides and shows what is there, and writes numbers, so that
 * no text of a server or a tenant is ever markup here. Without it the page is whole, and has no filter.
 */
export const SCRIPT = `
const form = document.querySelector("form");
const box = form.querySelector("input[type=search]");
const shown = document.querySelector("#shown");
const made = document.querySelector("time");
const age = document.querySelector("#age");
const services = [...document.querySelectorAll("main > details")].map((element) => ({
  element,
  state: element.dataset.state,
  text: element.textContent.toLowerCase(),
}));
function filter() {
  const words = box.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
  const state = form.elements.state.value;
  const left = services.filter((one) => {
    const isShown = (state === "" || one.state === state) && words.every((word) => one.text.includes(word));
    if (one.element.hidden === isShown) one.element.hidden = !isShown;
    return isShown;
  });
  if (left.length === 1) left[0].element.open = true;
  shown.textContent = left.length + " of " + services.length + (services.length === 1 ? " service" : " services");
}
function tellAge() {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(made.dateTime)) / 60000));
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const passed = days > 1 ? days + " days" : hours > 1 ? hours + " hours" : minutes > 1 ? minutes + " minutes" : "";
  age.textContent = passed === "" ? "(just now)" : "(" + passed + " ago)";
}
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
filter();
tellAge();
setInterval(tellAge, 30000);
`;
