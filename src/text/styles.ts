// Training styles: what a question is for. Some are told to the model as a prefix of the question, others are not.

/** Styles whose questions carry no prefix. Every other style is written in front: `vqa2: What is this?`. */
export const stylesWithoutPrefix: ReadonlySet<string> = new Set([
  'point_count',
  'pointing',
  'cosyn_point',
  'user_qa',
  'long_caption',
  'short_caption',
  'video_long_caption',
  'video_short_caption',
  'video_point_track_per_frame',
  'video_point_track_start_end',
  'video_point_track_all_frames',
  'video_single_point_track_start_end',
  'video_transcript',
  'video_clip_caption_start_end',
  'video_clip_caption_start_end_in_seconds',
  'video_clip_transcript_start_end',
  'video_clip_transcript_start_end_in_seconds',
  'video_frame_caption_timestamp',
  'video_frame_caption_timestamp_in_seconds',
  'correction_qa',
  'text_sft',
  'video_point',
  'video_point_count',
  'video_count',
  'video_count_point',
  'multi_image_pointing',
  'multi_image_counting',
  'multi_image_point_then_count',
  'multi_image_count_then_point',
  'demo',
  'a_okvqa_mc',
  'ai2_diagram_no_letter',
  'ai2_diagram',
  'science_qa',
  'multi_image_mc',
  'multi_image_mc_exp',
  'mantis_instruct_mc',
  'video_multiple_choice',
  'video_multiple_choice_count_without_pointing',
  'video_multiple_choice_multiple_correct',
  'video_multiple_choice_w_subtitle',
]);

/** Styles that the model was trained to see in front of a question. */
const stylesWithPrefix = [
  'vqa2',
  'chart_qa',
  'doc_qa',
  'info_qa',
  'text_vqa',
  'st_qa',
  'okvqa',
  'a_okvqa_da',
  'tally_qa',
  'tabwmp_da',
  'video_short_answer',
  'video_motion_caption',
  'video_object_caption',
  'video_merged_caption',
  'transcript',
  'video_point_ground_start_end',
  'video_single_point_track_per_frame',
] as const;

/** Every style that is known to mean something to the model. */
export const trainingStyles: readonly string[] = [...stylesWithoutPrefix, ...stylesWithPrefix];

/** The question as the model sees it: `style: text`, or the text alone for no style and for styles without a prefix. */
export function styledText(text: string, style?: string): string {
  return style === undefined || style === '' || stylesWithoutPrefix.has(style) ? text : `${style}: ${text}`;
}
