/** Texts about files and pictures. */
export const files = {
  cancel: 'Cancel upload',
  choose: 'Choose a file',
  choose_image: 'Choose a picture',
  close: 'Close the picture',
  download: 'Download “{name}”',
  drop: 'or drop or paste it here',
  drop_now: 'Let go to upload',
  dropped: 'The upload of “{name}” was broken off: the file is not saved',
  enlarge: 'Enlarge “{name}”',
  failed: 'The upload did not succeed; please try again',
  most: 'At most {size}',
  one_only: 'One file at a time',
  photo: 'Take a photo',
  remove: 'Remove “{name}”',
  replace: 'Replace',
  uploading: 'Uploading “{name}”',
}
