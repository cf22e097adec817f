"""What leaves the trial for registries and regulators: one file of this room per standard.

`who_items` is the WHO Trial Registration Data Set of a protocol with its gaps visible (`to_csv`, `to_json`);
`ae_dataset` is the SDTM domain AE of a cut as CDISC Dataset-JSON 1.1.
"""

from calcitrial.exchange.dataset_json import AE, ae_dataset, ae_dataset_text, ae_records, study_day
from calcitrial.exchange.who_trds import ITEMS, WhoItem, to_csv, to_json, who_items

__all__ = [
    "AE",
    "ITEMS",
    "WhoItem",
    "ae_dataset",
    "ae_dataset_text",
    "ae_records",
    "study_day",
    "to_csv",
    "to_json",
    "who_items",
]
