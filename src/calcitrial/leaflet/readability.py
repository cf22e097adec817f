"""How hard a page is to read: the Flesch-Kincaid grade in English, the ease of Kandel and Moles in French.

English: 0.39 words/sentence + 11.8 syllables/word - 15.59, a US school grade (Kincaid et al. 1975); children of 12
are in grade 6. French: 207 - 1.015 words/sentence - 73.6 syllables/word (Kandel and Moles 1958), where 100 is easy;
60 to 70 is plain. Syllables are counted as runs of vowels, which errs by a few in a hundred.
"""

import re
from dataclasses import dataclass

from calcitrial.claims import Page

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
END = re.compile(r"[.!?…]+(?:\s|$)|[:;]\s|\n")
VOWELS = {"en": re.compile(r"[aeiouy]+"), "fr": re.compile(r"[aeiouyàâäéèêëîïôöùûüœ]+")}


@dataclass(frozen=True)
class Readability:
    """The score of a text, its formula in words, and what it was counted from."""

    language: str
    formula: str
    score: float
    words: int
    sentences: int
    syllables: int

    @property
    def told(self) -> str:
        """Return the score in a sentence."""
        if self.language == "fr":
            score = f"{self.score:.1f}".replace(".", ",")
            return f"{self.formula} {score} ({self.words} mots en {self.sentences} phrases)"
        return f"{self.formula} {self.score:.1f} ({self.words} words in {self.sentences} sentences)"


def readability(page: Page) -> Readability:
    """Return the score of the sentences of a page (titles, sources and the list of gaps left out)."""
    said = [sentence.text for part in page.parts if part.id != "missing" for sentence in part.sentences]
    return text_readability("\n".join(said), page.language)


def text_readability(text: str, language: str) -> Readability:
    """Return the score of a text; 0 words give a score of 0."""
    words = WORD.findall(text)
    sentences = max(1, len([part for part in END.split(text) if WORD.search(part)]))
    beats = sum(syllables(word, language) for word in words)
    formula = "Flesch-Kincaid grade" if language == "en" else "Facilité de Kandel et Moles"
    score = _score(len(words) / sentences, beats / len(words), language) if words else 0.0
    return Readability(language, formula, score, len(words), sentences, beats)


def syllables(word: str, language: str) -> int:
    """Return the syllables of a word as runs of vowels; a last mute e does not count."""
    lower = word.lower()
    count = len(VOWELS[language].findall(lower))
    mute = ("e", "es", "ent") if language == "fr" else ("e",)
    silent = lower.endswith(mute) and not lower.endswith(("le", "ée", "ées")) and count > 1
    return max(1, count - silent)


def _score(words: float, beats: float, language: str) -> float:
    if language == "en":
        return 0.39 * words + 11.8 * beats - 15.59
    return 207 - 1.015 * words - 73.6 * beats
