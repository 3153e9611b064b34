"""What a check can find: the words for each finding."""

from worker.datasets.decoding import MODES, MOST_PIXELS
from worker.datasets.inspection.notes import Topic

NO_TRAINING_IMAGES = Topic(
    code="no_training_images",
    level="error",
    noun="folder",
    message="contains no class folders with images",
    advice="put the images of each class into train/<class>/",
)
ONE_CLASS = Topic(
    code="one_class",
    level="error",
    noun="class",
    message="the only one, and a search needs at least two",
    advice="put the images of each class into a folder of its own in train/",
)
NESTING = Topic(
    code="nesting",
    level="error",
    noun="folder",
    message="in the only class folder, which holds nothing else; they look like the classes",
    advice="move these folders up one level, so that they are train/<class>/",
)
OUTSIDE_CLASSES = Topic(
    code="outside_classes",
    level="warning",
    noun="file",
    message="in no class folder, so left out",
    advice="move them into the folder of their class: train/<class>/",
)
NESTED = Topic(
    code="nested",
    level="info",
    noun="folder",
    message="inside class folders; their images belong to these classes",
    advice="if these folders are classes, move them up to train/",
)
CLASS_EMPTY = Topic(
    code="class_empty",
    level="error",
    noun="class",
    message="no usable training image",
    advice="remove their folders or put images into them",
)
CLASS_OF_ONE = Topic(
    code="class_of_one",
    level="warning",
    noun="class",
    message="a single usable training image",
    advice="add images: its only image trains the weights, so none is left for the alphas",
)
NO_CLASS_OF_TWO = Topic(
    code="no_class_of_two",
    level="error",
    noun="class",
    message="no more than one usable training image each",
    advice="add images: a search needs two images of a class, one for the weights and one for the "
    "alphas",
)
CLASS_ONLY_IN_TEST = Topic(
    code="class_only_in_test",
    level="error",
    noun="class",
    message="test images, but no folder in train/",
    advice="no network can learn them: add training images, or remove their test images",
)
CLASS_WITHOUT_TEST = Topic(
    code="class_without_test",
    level="warning",
    noun="class",
    message="training images, but no usable test images",
    advice="a test says nothing about these classes; add test images of them",
)
SAME_NAME = Topic(
    code="same_name",
    level="error",
    noun="folder",
    message="names that read the same, and differ only in how Unicode writes them",
    advice="put their images into one folder: they are almost certainly one class",
)
SIMILAR_NAME = Topic(
    code="similar_name",
    level="warning",
    noun="folder",
    message="names that differ only in upper and lower case",
    advice="if they are one class, put their images into one folder",
)
OTHER_FOLDER = Topic(
    code="other_folder",
    level="warning",
    noun="folder",
    message="neither training nor test images, so left out",
    advice="put training images into train/, and test images into test/",
)
SPLIT_RENAMED = Topic(
    code="split_renamed",
    level="info",
    noun="folder",
    message="taken as train/ or test/ in spite of the name",
    advice="nothing needs to be done if that is what they are",
)
JUNK = Topic(
    code="junk",
    level="info",
    noun="entry",
    message="hidden, or left by an operating system, so left out",
    advice="nothing needs to be done",
)
UNREADABLE = Topic(
    code="unreadable",
    level="error",
    noun="entry",
    message="cannot be read",
    advice="give the service's user permission to read them, or remove them",
)
DANGLING = Topic(
    code="dangling_link",
    level="error",
    noun="link",
    message="to nowhere, or in a circle",
    advice="replace them with what they should lead to, or remove them",
)
LINKED_TWICE = Topic(
    code="linked_twice",
    level="error",
    noun="link",
    message="to folders that are part of the data set already",
    advice="remove the links: the same images would be in two places",
)
LINKED = Topic(
    code="linked",
    level="info",
    noun="link",
    message="followed, as if the images were here",
    advice="nothing needs to be done; what they lead to must stay there",
)
NAME_NO_TEXT = Topic(
    code="name_no_text",
    level="warning",
    noun="name",
    message="not valid UTF-8; what cannot be read is shown as �",
    advice="rename them, for instance with convmv",
)
NAME_UNPRINTABLE = Topic(
    code="name_unprintable",
    level="warning",
    noun="name",
    message="characters that cannot be printed, such as line breaks",
    advice="rename them",
)

NO_FILE = Topic(
    code="no_file",
    level="error",
    noun="entry",
    message="neither files nor folders, but pipes or devices",
    advice="remove them",
)
UNDECODABLE = Topic(
    code="undecodable",
    level="error",
    noun="file",
    message="cannot be decoded (cut short, damaged, or not an image)",
    advice="replace or remove them",
)
TOO_LARGE = Topic(
    code="too_large",
    level="error",
    noun="file",
    message="too many pixels to be decoded",
    advice=f"make them smaller, at most {MOST_PIXELS:,} pixels each",
)
LARGE = Topic(
    code="large",
    level="warning",
    noun="file",
    message=f"more than {MOST_PIXELS:,} pixels, so only usable at a smaller size",
    advice="set image_size, so that they are decoded at a fraction of their size",
)
UNKNOWN_RANGE = Topic(
    code="unknown_range",
    level="error",
    noun="file",
    message="more than 8 bits a pixel, and no way to know which value is white",
    advice="save them with 8 bits a pixel, or with 16 unsigned",
)
UNEQUAL_SIZES = Topic(
    code="unequal_sizes",
    level="warning",
    noun="file",
    message="of another size than the most common one",
    advice="set image_size: the shorter side is resized to it, and the middle square is cut out",
)
TRANSPARENT = Topic(
    code="transparent",
    level="info",
    noun="file",
    message="transparent in places; these become white",
    advice="if it should not be white, put them on another background first",
)
ANIMATED = Topic(
    code="animated",
    level="warning",
    noun="file",
    message="several frames or pages, of which only the first is used",
    advice="save the frames that you want to use as files of their own",
)
TURNED = Topic(
    code="turned",
    level="info",
    noun="file",
    message="turned as their EXIF orientation says",
    advice="nothing needs to be done",
)
BLACK = Topic(
    code="black",
    level="warning",
    noun="file",
    message="all black",
    advice="look at them: a network learns nothing from them",
)
CONSTANT = Topic(
    code="constant",
    level="warning",
    noun="file",
    message="one colour only",
    advice="look at them: a network learns nothing from them",
)
SAME_IN_TEST = Topic(
    code="same_in_test",
    level="warning",
    noun="file",
    message="the same picture among the training and the test images",
    advice="remove it from one of the two: testing on an image that was trained on proves nothing",
)
SAME_IN_CLASSES = Topic(
    code="same_in_classes",
    level="warning",
    noun="file",
    message="the same picture in several classes",
    advice="keep it in the class that it belongs to",
)
SAME_IN_CLASS = Topic(
    code="same_in_class",
    level="info",
    noun="file",
    message="the same picture several times in one class",
    advice="copies count more than other images; remove them unless that is meant",
)
SIMILAR_IN_TEST = Topic(
    code="similar_in_test",
    level="warning",
    noun="pair",
    message="pictures that look alike among the training and the test images",
    advice="if they are copies, remove one of each pair",
)
SIMILAR_IN_CLASSES = Topic(
    code="similar_in_classes",
    level="warning",
    noun="pair",
    message="pictures that look alike in different classes",
    advice="if they are copies, keep each in the class that it belongs to",
)


def class_small(least: int) -> Topic:
    """A few images."""
    return Topic(
        code="class_small",
        level="warning",
        noun="class",
        message=f"fewer than {least} usable training images",
        advice="accuracy on so few says little: add images, or leave the classes out",
    )


def imbalanced(least: int, most: int, share: float) -> Topic:
    """Large classes beside small ones; `share` of all images are in the largest."""
    return Topic(
        code="imbalanced",
        level="warning",
        noun="class",
        message=f"of very unequal size: the largest has {most:,} usable training images, the "
        f"smallest {least:,}; always guessing the largest class would be right for {share:.0%} of "
        "the training images",
        advice="make the classes more even, or look at the accuracy of each class",
    )


def left_out(suffix: str) -> Topic:
    """Files that are no images."""
    what = f"ending in {suffix}" if suffix else "without a suffix"
    return Topic(
        code="left_out",
        level="warning",
        noun="file",
        message=f"{what} among the images, so left out",
        advice="if they are images, save them in a format that is read, under its usual suffix",
    )


def deep(bits: int) -> Topic:
    """Return the finding for images of up to 16 bits a pixel."""
    return Topic(
        code="deep",
        level="info",
        noun="file",
        message=f"more than 8 bits a pixel; no image uses more than {bits}, of which the upper 8 "
        f"are kept: {(1 << bits) - 1:,} is white",
        advice="if another value is white, save them with 8 bits a pixel",
    )


def mode(name: str) -> Topic:
    """Return the finding for images of other colours than RGB."""
    return Topic(
        code="mode",
        level="info",
        noun="file",
        message=f"colour mode {name} ({MODES.get(name, 'converted to RGB')})",
        advice="nothing needs to be done, unless colours are what tells the classes apart",
    )
