"""The pictures of a report, each drawn as SVG with the same bytes for the same data.

Lesions over the visits, waterfall, forest, tipping point, the body map, the lanes of the participants, and the flow of
people and lesions. They are read in grey print too, and those of many people say what they leave out.
"""

from calcitrial.figures.body import body_picture, spots
from calcitrial.figures.flow import flow_picture
from calcitrial.figures.forest import forest_figure, forest_lines
from calcitrial.figures.lesions import lesion_figure, lesion_words
from calcitrial.figures.people import Lane, pages, shown, swimmer, swimmer_picture
from calcitrial.figures.tipping import concludes, tipping_figure
from calcitrial.figures.waterfall import waterfall_figure, waterfall_rows, waterfall_words

__all__ = [
    "Lane",
    "body_picture",
    "concludes",
    "flow_picture",
    "forest_figure",
    "forest_lines",
    "lesion_figure",
    "lesion_words",
    "pages",
    "shown",
    "spots",
    "swimmer",
    "swimmer_picture",
    "tipping_figure",
    "waterfall_figure",
    "waterfall_rows",
    "waterfall_words",
]
