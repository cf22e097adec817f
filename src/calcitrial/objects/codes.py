"""The coded words of the objects that are written; standard codes wherever DICOM PS3.16 has one."""

from dataclasses import dataclass

from pydicom.sr.coding import Code

OWN = "99CALCITRIAL"  # a private scheme begins with 99 (PS3.16 chapter 8)

# CID 7150 and the morphology that CID 3802 and 6335 use for calcified tissue.
MORPHOLOGY = Code("49755003", "SCT", "Morphologically Abnormal Structure")
CALCIFICATION = Code("18115005", "SCT", "Pathologic calcification")
# CID 7162: a threshold and what hangs together above it, no learned model.
ALGORITHM = Code("123101", "DCM", "Neighborhood Analysis")
FLAG = Code("FLAG", OWN, "Flag for a reader")

PROCEDURES = {
    "CT": Code("77477000", "SCT", "Computed tomography"),
    "US": Code("16310003", "SCT", "Ultrasonography"),
    "DX": Code("168537006", "SCT", "Plain radiography"),
}
MEAN = Code("373098007", "SCT", "Mean")  # CID 7464
MAXIMUM = Code("56851009", "SCT", "Maximum")
MG = Code("mg", "UCUM", "mg")
MM = Code("mm", "UCUM", "mm")
MM2 = Code("mm2", "UCUM", "square millimeter")
MM3 = Code("mm3", "UCUM", "cubic millimeter")
HU = Code("[hnsf'U]", "UCUM", "Hounsfield unit")
ONE = Code("1", "UCUM", "no units")
ATTENUATION = Code("112031", "DCM", "Attenuation Coefficient")
VOLUME = Code("118565006", "SCT", "Volume")


@dataclass(frozen=True)
class Kind:
    """What a quantity is called in a report: concept, UCUM unit, derivation (CID 7464) and method."""

    concept: Code
    unit: Code
    derivation: Code | None = None
    method: Code | None = None


KINDS = {
    "volume_threshold": Kind(
        VOLUME, MM3, method=Code("126030", "DCM", "Sum of segmented voxel method for volume")
    ),  # CID 7474
    "volume_pv": Kind(VOLUME, MM3, method=Code("INTEGRAL_VOLUME", OWN, "Partial-volume corrected integral volume")),
    "mass": Kind(
        Code("122661", "DCM", "Calcium Mass"),
        MG,
        method=Code("INTEGRAL_MASS", OWN, "Calibrated integral mass of hydroxyapatite"),
    ),
    "agatston": Kind(
        Code("112058", "DCM", "Calcium score"), ONE, method=Code("112055", "DCM", "Agatston scoring method")
    ),
    "hu_mean": Kind(ATTENUATION, HU, MEAN),
    "hu_max": Kind(ATTENUATION, HU, MAXIMUM),
    "length": Kind(Code("410668003", "SCT", "Length"), MM),
    "width": Kind(Code("103355008", "SCT", "Width"), MM),
    "depth": Kind(Code("131197000", "SCT", "Depth"), MM),
    "volume_ellipsoid": Kind(VOLUME, MM3, method=Code("126029", "DCM", "LWH method for volume of ellipsoid")),
    "area": Kind(Code("42798000", "SCT", "Area"), MM2),
}
