// The English contractions whose apostrophe may be missing in a short answer, as the VQA evaluation counts them (visualqa.org).

// Those that are words without it, such as "its", "well" and "wed", are not among them.
const contractions =
  `ain't aren't can't could've couldn't didn't doesn't don't hadn't hasn't haven't he'd he's how'd how'll
how's isn't it'd it'll ma'am mightn't might've mustn't must've needn't not've o'clock oughtn't shan't should've shouldn't
somebody'd somebody'll somebody's someone'd someone'll someone's something'd something'll that's there'd there're there's
they'd they'll they're they've 'twas wasn't we've weren't what'll what're what's what've when's where'd where's where've
who'd who'll who's who've why'll why're why's won't would've wouldn't y'all you'd you'll you're you've
couldn't've hadn't've he'd've it'd've mightn't've 'ow's'at she'd've shouldn't've somebody'd've someone'd've
something'd've there'd've they'd've we'd've wouldn't've y'all'll y'all'd've you'd've`.split(/\s+/);

/** Each word that lacks one apostrophe, and what it stands for. */
export const contractionOf: ReadonlyMap<string, string> = new Map(
  contractions.flatMap((word) =>
    [...word].flatMap((letter, i) =>
      letter === "'" ? [[word.slice(0, i) + word.slice(i + 1), word] as const] : [],
    ),
  ),
);
