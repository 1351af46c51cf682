"""사건의 목록. 차례가 곧 강좌에서 만나는 차례입니다."""

from anchorbox_utils.bugs import anchor_setup, class_numbers, coordinates, training_code

_IN_ORDER = (
    coordinates.NAN_LOSS,
    coordinates.REFUSED_BOXES,
    coordinates.LOSS_SPIKES,
    coordinates.LATE_NAN,
    anchor_setup.SMALL_NEVER_FOUND,
    anchor_setup.ZERO_RECALL,
    coordinates.DROPPED_IMAGES,
    coordinates.AUGMENTATION_REFUSES,
    coordinates.EMPTY_IMAGE_CRASHES,
    anchor_setup.LYING_ANCHORS,
    coordinates.RIGHT_IN_THE_TOOL,
    class_numbers.MISSING_CLASS,
    class_numbers.ALWAYS_BACKGROUND,
    anchor_setup.FITS_THE_PHOTOS,
    anchor_setup.RATIOS_DO_NOTHING,
    training_code.LOST_OBJECTS,
    training_code.SELF_IOU_BELOW_ONE,
    training_code.SHIFTED_RESULTS,
)

# 원인과 고치기까지 든 기록. 검사하는 쪽에서만 씁니다.
CASES = {case.name: case for case in _IN_ORDER}
BUG_CASES = {case.name: case.card for case in _IN_ORDER}
