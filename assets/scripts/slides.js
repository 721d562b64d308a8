// Plays the pictures of a chapter one after another: read aloud by the device's own voice where it has one for the
// page's language, else each for as long as its caption takes to read. Nothing is loaded for it.
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
    this.play = this.button(place.dataset.play, () => this.toggle(this.play));
    this.aloud = this.button(place.dataset.aloud, () => this.toggle(this.aloud));
    this.back = this.button(place.dataset.back, () => this.show(this.at - 1));
    this.next = this.button(place.dataset.next, () => this.show(this.at + 1));
    this.count = document.createElement("span");
    this.count.setAttribute("role", "status");
    this.bar.append(this.play, this.back, this.next, this.count);
    place.append(this.bar);
    place.classList.add("pc-slides--one");
    this.show(0);
    this.offerVoice();
    window.speechSynthesis?.addEventListener("voiceschanged", () => this.offerVoice());
    addEventListener("pagehide", () => this.stop());
  }

  button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "usa-button usa-button--outline";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  }

  // Devices tell their voices late, or have none.
  offerVoice() {
    const language = document.documentElement.lang.slice(0, 2);
    this.voice = window.speechSynthesis?.getVoices().find((voice) => voice.lang.slice(0, 2) === language);
    if (this.voice) this.play.after(this.aloud);
  }

  show(number) {
    this.at = Math.min(Math.max(number, 0), this.slides.length - 1);
    this.slides.forEach((slide, index) => (slide.hidden = index !== this.at));
    this.count.textContent = `${this.at + 1} ${this.place.dataset.of} ${this.slides.length}`;
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === this.slides.length - 1;
    if (this.running) this.run();
  }

  toggle(button) {
    const wasRunning = this.running === button;
    this.stop();
    if (wasRunning) return;
    this.running = button;
    button.textContent = this.place.dataset.stop;
    this.show(this.at === this.slides.length - 1 ? 0 : this.at);
  }

  run() {
    this.hush();
    const caption = this.slides[this.at].querySelector("figcaption");
    const onwards = () => (this.at === this.slides.length - 1 ? this.stop() : this.show(this.at + 1));
    if (this.running === this.aloud) this.say(caption, onwards);
    else this.timer = setTimeout(onwards, 2000 + caption.textContent.trim().length * 60);
  }

  // Sentence by sentence: some voices fall silent in long texts.
  say(caption, onwards) {
    const sentences = new Intl.Segmenter(this.voice.lang, { granularity: "sentence" });
    const parts = [...caption.children].flatMap((child) => [...sentences.segment(child.textContent)]);
    this.said = parts.map(({ segment }) => {
      const part = new SpeechSynthesisUtterance(segment);
      part.voice = this.voice;
      part.lang = this.voice.lang;
      return part;
    });
    this.said.at(-1).addEventListener("end", ({ target }) => target === this.said?.at(-1) && onwards());
    this.said.forEach((part) => speechSynthesis.speak(part));
  }

  hush() {
    clearTimeout(this.timer);
    const wasSpeaking = this.said;
    this.said = null;
    if (wasSpeaking) speechSynthesis.cancel();
  }

  stop() {
    this.hush();
    this.running = null;
    this.play.textContent = this.place.dataset.play;
    this.aloud.textContent = this.place.dataset.aloud;
  }
}
