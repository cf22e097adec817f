// One drawing on which a point can be chosen: by pointer where it is clicked, by keys where the cross stands.
const SVG = "http://www.w3.org/2000/svg";
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function draw(name, attributes, parts = []) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...parts);
  return made;
}

const within = (value) => Math.min(0.99, Math.max(0.01, value));

export class Stage {
  constructor(figure, how, place, near) {
    this.view = figure.dataset.view;
    this.svg = figure.querySelector("svg.body-map");
    const box = this.svg.viewBox.baseVal;
    [this.width, this.height] = [box.width, box.height];
    [this.x, this.y] = [0.5, 0.5];
    this.place = place;
    this.near = near;
    const title = figure.querySelector("figcaption").textContent;
    // What lies at the point, in sight beside the drawing; the status line says it to screen readers.
    this.told = document.createElement("strong");
    this.told.setAttribute("aria-hidden", "true");
    figure.querySelector("figcaption").append(" ", this.told);
    this.stage = document.createElement("div");
    this.stage.className = "stage";
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-label", `${title}. ${how}`);
    this.svg.before(this.stage);
    this.stage.append(this.svg);
    this.svg.addEventListener("click", (event) => this.clicked(event));
    this.stage.addEventListener("keydown", (event) => this.pressed(event));
    this.stage.addEventListener("focus", () => this.showCross());
    this.stage.addEventListener("blur", () => this.cross && this.cross.remove());
  }

  clicked(event) {
    if (event.target.closest("a.marker")) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    [this.x, this.y] = [within(at.x / this.width), within(at.y / this.height)];
    this.place(this.view, this.x, this.y, this);
  }

  pressed(event) {
    if (event.target !== this.stage || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.place(this.view, this.x, this.y, this);
      return;
    }
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const size = event.shiftKey ? 0.05 : 0.01;
    // One step is as wide as it is high, whatever the shape of the drawing.
    this.x = within(this.x + (step[0] * size * this.height) / this.width);
    this.y = within(this.y + step[1] * size);
    this.showCross();
    this.near(this, this.x, this.y);
  }

  showCross() {
    if (this.cross) this.cross.remove();
    const [x, y, arm] = [this.x * this.width, this.y * this.height, this.height * 0.03];
    this.cross = draw("g", { class: "cross", "aria-hidden": "true" }, [
      draw("line", { x1: x - arm, y1: y, x2: x + arm, y2: y }),
      draw("line", { x1: x, y1: y - arm, x2: x, y2: y + arm }),
      draw("circle", { cx: x, cy: y, r: arm / 2 }),
    ]);
    this.svg.append(this.cross);
  }

  pin(point) {
    if (this.pinned) this.pinned.remove();
    this.pinned = null;
    this.told.textContent = point ? `${point.site}, ${point.side}` : "";
    if (!point) return;
    const spot = { cx: point.x * this.width, cy: point.y * this.height, r: this.height * 0.018 };
    this.pinned = draw("g", { class: "pin", "aria-hidden": "true" }, [draw("circle", spot)]);
    this.svg.append(this.pinned);
  }
}
