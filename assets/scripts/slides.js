// Plays the pictures of a chapter one after another, each for as long as its caption takes to read.
// Without this file all pictures stand below each other with their captions.

export function startSlides() {
  for (const place of document.querySelectorAll("[data-slides]")) new Slides(place);
}

class Slides {
  constructor(place) {
    this.place = place;
    this.slides = [...place.querySelectorAll("[data-slide]")];
    if (this.slides.length < 2) return;
    this.at = 0;
    this.bar = document.createElement("p");
    this.bar.className = "pc-slides__bar";
    this.play = this.button(place.dataset.play, () => this.toggle());
    this.back = this.button(place.dataset.back, () => this.show(this.at - 1));
    this.next = this.button(place.dataset.next, () => this.show(this.at + 1));
    this.count = document.createElement("span");
    this.count.setAttribute("role", "status");
    this.bar.append(this.play, this.back, this.next, this.count);
    place.append(this.bar);
    place.classList.add("pc-slides--one");
    this.show(0);
  }

  button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "usa-button usa-button--outline";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  }

  show(number) {
    this.at = Math.min(Math.max(number, 0), this.slides.length - 1);
    this.slides.forEach((slide, index) => (slide.hidden = index !== this.at));
    this.count.textContent = `${this.at + 1} ${this.place.dataset.of} ${this.slides.length}`;
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === this.slides.length - 1;
    if (this.timer) this.wait();
  }

  toggle() {
    if (this.timer) return this.stop();
    if (this.at === this.slides.length - 1) this.show(0);
    this.play.textContent = this.place.dataset.stop;
    this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    const letters = this.slides[this.at].textContent.trim().length;
    this.timer = setTimeout(() => {
      if (this.at === this.slides.length - 1) return this.stop();
      this.show(this.at + 1);
    }, 2000 + letters * 60);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.play.textContent = this.place.dataset.play;
  }
}
